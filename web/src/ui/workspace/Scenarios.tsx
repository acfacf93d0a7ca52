import { FileJson, Folder, FolderPlus, MoreHorizontal, Plus, Upload } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Project, ScenarioSummary } from "@/api/workspace";
import * as api from "@/api/workspace";
import * as commands from "@/features/workspace/commands";
import { useWorkspace } from "@/features/workspace/store";
import { IconButton } from "@/ui/kit/Button";
import { classes } from "@/ui/kit/classes";
import { attempt } from "@/ui/kit/attempt";
import { ContextMenu, Menu, type MenuItem } from "@/ui/kit/Menu";
import { Confirmation, TextPrompt } from "@/ui/kit/Prompt";
import { download } from "./files";

type Asking =
  | { what: "new-project" }
  | { what: "new-scenario"; project: Project }
  | { what: "rename-project" | "delete-project"; project: Project }
  | { what: "rename" | "delete"; scenario: ScenarioSummary };

/** The sidebar's tree of projects and their scenarios. */
export function Scenarios() {
  const { t } = useTranslation("workspace");
  const { projects, scenarios, open } = useWorkspace();
  const [asking, setAsking] = useState<Asking | null>(null);
  return (
    <div className="px-1 pb-4">
      <div className="flex gap-1 px-2 pb-1">
        <IconButton
          icon={Plus}
          label={t("newScenario")}
          disabled={projects.length === 0}
          onClick={() => {
            const project = projects.find(({ id }) => id === open?.projectId) ?? projects[0];
            if (project !== undefined) setAsking({ what: "new-scenario", project });
          }}
        />
        <IconButton
          icon={FolderPlus}
          label={t("newProject")}
          onClick={() => setAsking({ what: "new-project" })}
        />
        <IconButton
          icon={Upload}
          label={t("import")}
          onClick={() => document.getElementById("import-file")?.click()}
        />
      </div>
      <ul aria-label={t("tree")}>
        {projects.map((project) => (
          <li key={project.id}>
            <Row
              icon={Folder}
              name={project.name}
              items={[
                { label: t("newScenario"), onSelect: () => setAsking({ what: "new-scenario", project }) },
                { label: t("rename"), onSelect: () => setAsking({ what: "rename-project", project }) },
                {
                  label: t("delete"),
                  isDanger: true,
                  startsGroup: true,
                  onSelect: () => setAsking({ what: "delete-project", project }),
                },
              ]}
            />
            <ul className="pl-3">
              {(scenarios[project.id] ?? []).map((scenario) => (
                <li key={scenario.id}>
                  <Row
                    icon={FileJson}
                    name={scenario.name}
                    isCurrent={scenario.id === open?.id}
                    mark={scenario.hasDraft ? t("unsavedEdits") : undefined}
                    onOpen={() => attempt(commands.openScenario(scenario.id))}
                    items={[
                      { label: t("rename"), onSelect: () => setAsking({ what: "rename", scenario }) },
                      {
                        label: t("duplicate"),
                        onSelect: () => attempt(commands.duplicateScenario(scenario.id)),
                      },
                      { label: t("versions"), onSelect: () => attempt(showVersions(scenario.id)) },
                      { label: t("export"), onSelect: () => download(api.exportUrl(scenario.id)) },
                      ...projects
                        .filter(({ id }) => id !== project.id)
                        .map((other, index) => ({
                          label: t("moveTo", { project: other.name }),
                          startsGroup: index === 0,
                          onSelect: () => attempt(commands.moveScenario(scenario.id, other.id)),
                        })),
                      {
                        label: t("delete"),
                        isDanger: true,
                        startsGroup: true,
                        onSelect: () => setAsking({ what: "delete", scenario }),
                      },
                    ]}
                  />
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
      {asking !== null && <Question asking={asking} onClose={() => setAsking(null)} />}
    </div>
  );
}

async function showVersions(id: string): Promise<void> {
  if (useWorkspace.getState().open?.id !== id) await commands.openScenario(id);
  useWorkspace.setState({ versionsOf: id });
}

function Row({
  icon: Icon,
  name,
  isCurrent = false,
  mark,
  onOpen,
  items,
}: {
  icon: typeof Folder;
  name: string;
  isCurrent?: boolean;
  mark?: string | undefined;
  onOpen?: () => void;
  items: readonly MenuItem[];
}) {
  const { t } = useTranslation("workspace");
  const label = (
    <>
      <Icon aria-hidden size={14} className="shrink-0 text-muted" />
      <span className="truncate">{name}</span>
      {mark !== undefined && (
        <span role="img" aria-label={mark} title={mark} className="size-1.5 shrink-0 rounded-full bg-event" />
      )}
    </>
  );
  const look = "flex h-7 min-w-0 flex-1 items-center gap-1.5 px-2 text-left";
  return (
    <ContextMenu items={items}>
      <div
        className={classes(
          "group flex items-center rounded-md hover:bg-sunken",
          isCurrent && "bg-accent-soft",
        )}
      >
        {onOpen === undefined ? (
          <span className={classes(look, "font-medium")}>{label}</span>
        ) : (
          <button
            type="button"
            aria-current={isCurrent}
            className={classes(look, "cursor-pointer")}
            onClick={onOpen}
          >
            {label}
          </button>
        )}
        <Menu
          items={items}
          trigger={
            <button
              type="button"
              aria-label={t("moreFor", { name })}
              className="grid size-6 cursor-pointer place-items-center rounded opacity-0 group-hover:opacity-100 hover:bg-line focus-visible:opacity-100 data-[state=open]:opacity-100"
            >
              <MoreHorizontal aria-hidden size={14} />
            </button>
          }
        />
      </div>
    </ContextMenu>
  );
}

function Question({ asking, onClose }: { asking: Asking; onClose: () => void }) {
  const { t } = useTranslation("workspace");
  switch (asking.what) {
    case "new-project":
      return (
        <TextPrompt
          title={t("newProject")}
          label={t("name")}
          initial=""
          action={t("create")}
          onClose={onClose}
          onDone={(name) => attempt(api.createProject(name).then(commands.refreshTree))}
        />
      );
    case "new-scenario":
      return (
        <TextPrompt
          title={t("newScenario")}
          label={t("name")}
          initial={t("untitled")}
          action={t("create")}
          onClose={onClose}
          onDone={(name) => attempt(commands.createScenario(asking.project.id, name))}
        />
      );
    case "rename-project":
      return (
        <TextPrompt
          title={t("renameProject")}
          label={t("name")}
          initial={asking.project.name}
          action={t("rename")}
          onClose={onClose}
          onDone={(name) => attempt(api.renameProject(asking.project.id, name).then(commands.refreshTree))}
        />
      );
    case "rename":
      return (
        <TextPrompt
          title={t("renameScenario")}
          label={t("name")}
          initial={asking.scenario.name}
          action={t("rename")}
          onClose={onClose}
          onDone={(name) => attempt(commands.renameScenario(asking.scenario.id, name))}
        />
      );
    case "delete-project":
      return (
        <Confirmation
          title={t("deleteProject", { name: asking.project.name })}
          text={t("deleteProjectText")}
          action={t("delete")}
          onClose={onClose}
          onDone={() => attempt(commands.deleteProject(asking.project.id))}
        />
      );
    case "delete":
      return (
        <Confirmation
          title={t("deleteScenario", { name: asking.scenario.name })}
          text={t("deleteScenarioText")}
          action={t("delete")}
          onClose={onClose}
          onDone={() => attempt(commands.deleteScenario(asking.scenario.id))}
        />
      );
  }
}
