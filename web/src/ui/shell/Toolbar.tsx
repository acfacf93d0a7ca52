import {
  CircleAlert,
  CloudCheck,
  CloudOff,
  CloudUpload,
  Play,
  Redo2,
  Save,
  Search,
  Square,
  Undo2,
} from "lucide-react";
import { type MouseEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { perform, useActions } from "@/features/actions/registry";
import { useHistory } from "@/features/workspace/imports";
import { isRunning as isAnyRunning, useRun } from "@/features/run/store";
import * as commands from "@/features/workspace/commands";
import { useWorkspace } from "@/features/workspace/store";
import { attempt } from "@/ui/kit/attempt";
import { Button, IconButton } from "@/ui/kit/Button";
import { keysOf } from "@/ui/kit/keys";
import { TextPrompt } from "@/ui/kit/Prompt";
import { RunStatus } from "@/ui/monitor/RunStatus";
import { Looks } from "./Looks";

/** On top: the scenario's name and safety, edits, run and stop, the state of the run, settings. */
export function Toolbar() {
  const { t } = useTranslation("shell");
  const isRunning = useRun(isAnyRunning);
  const { canUndo, canRedo } = useHistory();
  const open = useWorkspace((workspace) => workspace.open);
  return (
    <header className="flex h-11 shrink-0 items-center gap-1.5 border-b border-line bg-surface px-3">
      <img src="./sipflow.svg" alt="" className="size-6" />
      <h1 className="sr-only">{t("product")}</h1>
      <Name />
      <span className="mx-1 h-5 w-px bg-line" />
      <Offered id="edit.undo" icon={Undo2} isDisabled={!canUndo} />
      <Offered id="edit.redo" icon={Redo2} isDisabled={!canRedo} />
      <Offered id="file.save" icon={Save} isDisabled={open === null} />
      <span className="mx-1 h-5 w-px bg-line" />
      {isRunning ? (
        <Button tone="danger" onClick={stop} title={keysOf("run.stop")}>
          <Square aria-hidden size={14} fill="currentColor" />
          {t("action.run.stop")}
        </Button>
      ) : (
        <Button
          tone="primary"
          disabled={open === null}
          onClick={() => perform("run.start")}
          title={keysOf("run.start")}
        >
          <Play aria-hidden size={14} fill="currentColor" />
          {t("action.run.start")}
        </Button>
      )}
      <div className="min-w-28 flex-1 pl-1.5">
        <RunStatus />
      </div>
      <Offered id="view.commandPalette" icon={Search} />
      <Choices />
    </header>
  );
}

/** The button stands where Run was: the second click of a double click on that is not meant for it. */
function stop(event: MouseEvent): void {
  if (event.detail < 2) perform("run.stop");
}

/** The scenario's name, to be changed by a click, and where its edits are kept. */
function Name() {
  const { t } = useTranslation("shell");
  const { open, safety, conflict } = useWorkspace();
  const [isRenaming, setRenaming] = useState(false);
  if (open === null) return <span className="px-2 text-muted">{t("noScenario")}</span>;
  const state = conflict === null ? safety : "conflict";
  const Icon = {
    saved: CloudCheck,
    draft: CloudCheck,
    sending: CloudUpload,
    offline: CloudOff,
    conflict: CircleAlert,
  }[state];
  return (
    <>
      <button
        type="button"
        title={t("rename")}
        onClick={() => setRenaming(true)}
        className="max-w-56 cursor-pointer truncate rounded-md px-2 py-1 text-sm font-semibold hover:bg-sunken"
      >
        {open.name}
      </button>
      <span
        role="status"
        className="flex items-center gap-1 text-xs whitespace-nowrap text-muted"
        data-safety={state}
      >
        <Icon aria-hidden size={14} />
        {t(`safety.${state}`)}
      </span>
      {isRenaming && (
        <TextPrompt
          title={t("rename")}
          label={t("name")}
          initial={open.name}
          action={t("rename")}
          onClose={() => setRenaming(false)}
          onDone={(name) => attempt(commands.renameScenario(open.id, name))}
        />
      )}
    </>
  );
}

/** A registered action as a button. */
function Offered({ id, icon, isDisabled = false }: { id: string; icon: typeof Save; isDisabled?: boolean }) {
  const { t } = useTranslation();
  const action = useActions((registry) => registry.actions.get(id));
  if (action === undefined) return null;
  return (
    <IconButton
      icon={icon}
      label={t(action.titleKey)}
      keys={keysOf(id)}
      disabled={isDisabled}
      onClick={() => perform(id)}
    />
  );
}

/** Language, theme, help. */
function Choices() {
  const { t } = useTranslation("shell");
  return (
    <Looks
      more={[
        {
          label: t("action.file.templates"),
          startsGroup: true,
          onSelect: () => perform("file.templates"),
        },
        { label: t("keySheet"), keys: keysOf("help.keys"), onSelect: () => perform("help.keys") },
      ]}
    />
  );
}
