import { useTranslation } from "react-i18next";
import { useShownDocument } from "@/features/editor/shown";
import { useEditor } from "@/features/editor/store";
import { useFocus } from "@/features/focus/store";
import { useProblems } from "@/features/problems/store";
import { useRun } from "@/features/run/store";
import { useWorkspace } from "@/features/workspace/store";
import { Variables } from "./Variables";

/** What concerns the scenario as a whole: how much there is of it, its variables, its notes. */
export function ScenarioForm() {
  const { t } = useTranslation("properties");
  const document = useShownDocument();
  const open = useWorkspace((workspace) => workspace.open);
  const runOf = useRun(({ document: played, run }) => (played === null ? null : (run?.scenarioName ?? null)));
  const { errors, warnings } = useProblems();
  const notes = document.notes ?? [];
  const instances = document.nodes.filter(({ type }) => type === "sipInstance").length;
  const counts = [
    [t("count.instances"), instances],
    [t("count.steps"), document.nodes.length - instances],
    [t("count.wires"), document.edges.length],
    [t("count.errors"), errors],
    [t("count.warnings"), warnings],
  ] as const;
  return (
    <div className="flex flex-col gap-5 p-3">
      <header>
        <h3 className="truncate text-sm font-semibold">{runOf ?? open?.name ?? t("noScenario")}</h3>
        <p className="text-xs text-muted">{t("chooseSomething")}</p>
      </header>
      {open !== null && (
        <dl className="grid grid-cols-[1fr_auto] gap-y-1">
          {counts.map(([label, count]) => (
            <div key={label} className="col-span-2 grid grid-cols-subgrid">
              <dt className="text-muted">{label}</dt>
              <dd className="text-right tabular-nums">{count}</dd>
            </div>
          ))}
        </dl>
      )}
      {open !== null && <Variables scenarioId={open.id} />}
      {notes.length > 0 && (
        <section className="flex flex-col gap-1">
          <h4 className="font-medium">{t("notes")}</h4>
          <ul>
            {notes.map(({ id, text }) => (
              <li key={id}>
                <button
                  type="button"
                  className="w-full cursor-pointer truncate rounded-md px-2 py-1 text-left hover:bg-sunken"
                  onClick={() => {
                    useEditor.getState().select([id]);
                    useFocus.getState().show({ nodeId: id });
                  }}
                >
                  {text.trim() === "" ? <span className="text-muted">{t("emptyNote")}</span> : text}
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}
