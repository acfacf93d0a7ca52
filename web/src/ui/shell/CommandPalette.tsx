import { Command } from "cmdk";
import { Dialog as Radix } from "radix-ui";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { matchOf } from "@/core/search";
import { type Action, useActions } from "@/features/actions/registry";
import { useCatalogue } from "@/features/catalogue/store";
import { shownDocument } from "@/features/editor/shown";
import { useEditor } from "@/features/editor/store";
import { useFocus } from "@/features/focus/store";
import { openScenario } from "@/features/workspace/commands";
import { useWorkspace } from "@/features/workspace/store";
import { attempt } from "@/ui/kit/attempt";
import { formatKeys } from "@/ui/kit/keys";
import { NothingFound } from "@/ui/kit/NothingFound";
import { useOverlay } from "./overlays";

const close = () => useOverlay.setState({ shown: null });

/** Everything that can be done, every scenario and every node, by typing a part of its name. */
export function CommandPalette() {
  const { t } = useTranslation("shell");
  const isOpen = useOverlay(({ shown }) => shown === "commands");
  return (
    <Radix.Root open={isOpen} onOpenChange={(open) => !open && close()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-black/40" />
        <Radix.Content
          aria-describedby={undefined}
          className="fixed top-[12vh] left-1/2 z-40 w-[min(92vw,36rem)] -translate-x-1/2 overflow-hidden rounded-xl border border-line bg-raised shadow-2xl"
        >
          <Radix.Title className="sr-only">{t("commandPalette")}</Radix.Title>
          <Choices />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

function Choices() {
  const { t } = useTranslation();
  const actions = useActions((registry) => registry.actions);
  const { projects, scenarios, open } = useWorkspace();
  // What can't be done now is not offered; the list stands still while it is open.
  const enabled = useMemo(
    () => [...actions.values()].filter(({ isEnabled }) => isEnabled?.() ?? true),
    [actions],
  );
  return (
    <Command loop label={t("shell:commandPalette")} filter={matchOfChoice}>
      <Command.Input
        placeholder={t("shell:commandHint")}
        className="h-11 w-full border-b border-line bg-transparent px-4 text-sm outline-none placeholder:text-muted"
      />
      <Command.List
        label={t("shell:commands")}
        className="max-h-[min(24rem,60vh)] overflow-auto p-1.5 [&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-muted"
      >
        <NothingFound>{t("shell:nothingFound")}</NothingFound>
        <Command.Group heading={t("shell:commands")}>
          {enabled
            .filter(({ id }) => id !== "view.commandPalette")
            .map((action) => (
              <Choice
                key={action.id}
                id={action.id}
                title={t(action.titleKey)}
                hint={keysOfAction(action)}
                run={action.run}
              />
            ))}
        </Command.Group>
        <Command.Group heading={t("shell:sidebar.scenarios")}>
          {projects.flatMap((project) =>
            (scenarios[project.id] ?? [])
              .filter(({ id }) => id !== open?.id)
              .map(({ id, name }) => (
                <Choice
                  key={id}
                  id={`scenario ${id}`}
                  title={name}
                  hint={project.name}
                  run={() => attempt(openScenario(id))}
                />
              )),
          )}
        </Command.Group>
        <Nodes />
      </Command.List>
    </Command>
  );
}

/** Nodes of the scenario on the canvas: choosing one goes there. */
function Nodes() {
  const { t } = useTranslation("shell");
  const { titleOf, faceOf } = useCatalogue();
  return (
    <Command.Group heading={t("sidebar.nodes")}>
      {shownDocument().nodes.map((node) => (
        <Choice
          key={node.id}
          id={`node ${node.id}`}
          title={titleOf(node)}
          hint={faceOf(node)}
          run={() => {
            useEditor.getState().select([node.id]);
            useFocus.getState().show({ nodeId: node.id });
          }}
        />
      ))}
    </Command.Group>
  );
}

function Choice({ id, title, hint, run }: { id: string; title: string; hint: string; run: () => void }) {
  return (
    <Command.Item
      value={id}
      keywords={[title, hint]}
      onSelect={() => {
        close();
        // After the window has given the focus back, so that what the action focuses keeps it.
        setTimeout(run);
      }}
      className="flex h-8 cursor-pointer items-center gap-4 rounded-md px-2 data-[selected=true]:bg-accent-soft"
    >
      <span className="min-w-0 flex-1 truncate">{title}</span>
      <span className="max-w-48 truncate text-xs text-muted">{hint}</span>
    </Command.Item>
  );
}

const matchOfChoice = (_: string, query: string, words: string[] = []): number => matchOf(query, ...words);

function keysOfAction({ keys }: Action): string {
  return keys?.[0] === undefined ? "" : formatKeys(keys[0]);
}
