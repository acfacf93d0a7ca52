import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { listTemplates, type Template } from "@/api/workspace";
import * as commands from "@/features/workspace/commands";
import { useWorkspace } from "@/features/workspace/store";
import { attempt } from "@/ui/kit/attempt";
import { Dialog } from "@/ui/kit/Dialog";
import { Picture } from "./Picture";

/** What to begin with, over the canvas: at the first start, and whenever asked for. */
export function Templates() {
  const isShown = useWorkspace((workspace) => workspace.isTemplatesShown);
  const { t } = useTranslation("workspace");
  if (!isShown) return null;
  return (
    <Dialog
      title={t("templates")}
      description={t("templatesText")}
      isOpen
      onClose={() => useWorkspace.setState({ isTemplatesShown: false })}
      className="w-[min(94vw,60rem)]"
    >
      <Choice />
    </Dialog>
  );
}

function Choice() {
  const { t, i18n } = useTranslation("workspace");
  const [templates, setTemplates] = useState<readonly Template[]>([]);
  useEffect(() => {
    attempt(listTemplates(i18n.language).then(setTemplates));
  }, [i18n.language]);
  const use = (title: string, template?: Template) => {
    const { projects, open } = useWorkspace.getState();
    const projectId = open?.projectId ?? projects[0]?.id;
    if (projectId !== undefined) attempt(commands.createScenario(projectId, title, template?.flowData));
  };
  return (
    <ul className="grid grid-cols-[repeat(auto-fill,minmax(15rem,1fr))] gap-3 pt-2">
      <li>
        <Card title={t("emptyTitle")} summary={t("emptyText")} onOpen={() => use(t("untitled"))} />
      </li>
      {templates.map((template) => (
        <li key={template.id}>
          <Card
            title={template.title}
            summary={template.summary}
            template={template}
            onOpen={() => use(template.title, template)}
          />
        </li>
      ))}
    </ul>
  );
}

function Card({
  title,
  summary,
  template,
  onOpen,
}: {
  title: string;
  summary: string;
  template?: Template;
  onOpen: () => void;
}) {
  const { t } = useTranslation("workspace");
  return (
    <button
      type="button"
      onClick={onOpen}
      className="flex h-full w-full cursor-pointer flex-col overflow-hidden rounded-lg border border-line bg-surface text-left hover:border-accent focus-visible:border-accent"
    >
      <span className="flex h-28 w-full border-b border-line bg-canvas p-2">
        {template === undefined ? <Sketch /> : <Picture document={template.flowData} />}
      </span>
      <span className="flex flex-1 flex-col gap-1 p-3">
        <span className="font-semibold">{title}</span>
        <span className="text-muted">{summary}</span>
        <span className="mt-auto pt-1 font-medium text-accent">
          {template === undefined ? t("openEmpty") : t("openCopy")}
        </span>
      </span>
    </button>
  );
}

/** A canvas on which nothing stands yet: where the nodes of a first lane would be. */
function Sketch() {
  return (
    <svg
      aria-hidden
      viewBox="0 0 120 92"
      className="size-full fill-none stroke-muted"
      strokeLinecap="round"
      strokeWidth={1.5}
    >
      <g strokeDasharray="3 3" opacity={0.7}>
        <rect x={38} y={6} width={44} height={14} rx={2} />
        <path d="M60 20v18M60 54v18" />
        <rect x={38} y={72} width={44} height={14} rx={7} />
      </g>
      <rect x={38} y={38} width={44} height={16} rx={2} className="fill-accent-soft stroke-accent" />
      <path d="M60 42v8M56 46h8" className="stroke-accent" />
    </svg>
  );
}
