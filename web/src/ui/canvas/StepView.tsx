import type { NodeProps } from "@xyflow/react";
import { Ban } from "lucide-react";
import { type CSSProperties, memo, useCallback, useState } from "react";
import { flushSync } from "react-dom";
import { useTranslation } from "react-i18next";
import { useFocus } from "@/features/focus/store";
import { useNodeRun } from "@/features/run/store";
import { classes } from "@/ui/kit/classes";
import { ErrorText } from "@/ui/kit/ErrorText";
import { LevelMeter } from "@/ui/monitor/LevelMeter";
import { useFace } from "./faces";
import type { StepNode } from "./graph";
import { ProblemMark } from "./ProblemMark";
import { RunMark } from "./RunMark";
import { useCanvas } from "./store";
import { Ways } from "./Ways";

const LOOK = {
  sipInstance: "step-instance rounded-lg border-2",
  command: "step-command rounded-md border",
  event: "step-event rounded-[2rem] border",
} as const;
const TILE = { sipInstance: "text-white", command: "text-command", event: "text-event" } as const;

/** A finger comes near only when it is there already. */
const IS_TOUCHED = window.matchMedia("(pointer: coarse)").matches;

/** A chain's colour, handed to the style sheet. */
const laneOf = (color: string) => ({ "--lane": color }) as CSSProperties;

/** A node: its chain's colour, its icon, what it is and what it is about; in a run, how it stands. */
export const StepView = memo(function StepView({ id, data, selected }: NodeProps<StepNode>) {
  const { node, color, change } = data;
  const kind = node.type in LOOK ? node.type : "command";
  const { title, about, type, Icon, ways } = useFace(node);
  const detail = [about, type].filter((part) => part !== "").join(" · ");
  const run = useNodeRun(id);
  const litBy = useFocus((focus) => (focus.nodeId === id && !focus.isByCanvas ? focus.request : 0));
  const isFound = useCanvas(({ find }) => find?.hits.includes(id) === true);
  const isTarget = useCanvas(({ wiring }) => wiring?.targets.has(id) ?? null);
  const [isNear, setNear] = useState(IS_TOUCHED);
  // At once: the button may go down before React would draw by itself.
  const comeNear = useCallback(() => flushSync(() => setNear(true)), []);
  const isOff = node.data.disabled === true;
  const isInstance = kind === "sipInstance";
  return (
    <>
      <div
        key={litBy}
        onPointerEnter={comeNear}
        data-state={run?.state}
        data-change={change}
        className={classes(
          "step flex h-full items-center",
          LOOK[kind],
          selected && "step-selected",
          litBy > 0 && "step-lit",
          isFound && "step-found",
          isTarget === true && "step-target",
          isTarget === false && "opacity-40",
          isOff && "border-dashed opacity-60",
        )}
        style={color === null ? undefined : laneOf(color)}
      >
        <span
          aria-hidden
          className={classes("step-tile grid size-8 shrink-0 place-items-center rounded-full", TILE[kind])}
        >
          {isOff ? <Ban size={16} /> : <Icon size={16} />}
        </span>
        <div className="min-w-0 flex-1 px-2 leading-tight">
          <p
            className={classes(
              "truncate",
              isInstance ? "font-semibold" : "font-medium",
              isOff && "line-through",
            )}
          >
            {title}
          </p>
          {run !== null && run.error !== null ? (
            <ErrorText of={run} className="block truncate text-xs text-failure" />
          ) : (
            detail !== "" && (
              <p className="truncate text-xs text-muted" title={detail}>
                <span className="text-text">{about}</span>
                {about !== "" && type !== "" && " · "}
                {type}
              </p>
            )
          )}
        </div>
        {isInstance && run !== null && <LevelMeter instanceId={id} name={title} className="mr-2.5" />}
        {run !== null && <RunMark run={run} />}
      </div>
      <ProblemMark nodeId={id} />
      {change !== null && <ChangeMark change={change} />}
      <Ways isInstance={isInstance} names={ways} isNear={isNear} onNear={comeNear} />
    </>
  );
});

const SIGNS = { added: "+", removed: "−", changed: "≠", moved: "↔" } as const;

function ChangeMark({ change }: { change: keyof typeof SIGNS }) {
  const { t } = useTranslation("editor");
  return (
    <span
      className="absolute -top-2 left-2 rounded bg-accent px-1.5 text-xs text-accent-text"
      title={t(`change.${change}`)}
    >
      {SIGNS[change]} <span className="sr-only">{t(`change.${change}`)}</span>
    </span>
  );
}
