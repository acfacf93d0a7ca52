import { Pause, Play, Radio, SkipForward, TriangleAlert } from "lucide-react";
import { type KeyboardEvent, memo, type PointerEvent, useEffect } from "react";
import { useTranslation } from "react-i18next";
import type { Mark } from "@/core/run/timeline";
import { shownSeq, useRun } from "@/features/run/store";
import * as timeline from "@/features/run/timeline";
import { SPEEDS, useTimeline } from "@/features/run/timeline";
import { IconButton } from "@/ui/kit/Button";
import { Select } from "@/ui/kit/Field";

/** Moves canvas, ladder and log through the time of the run. */
export function Timeline() {
  const hasRun = useRun(({ view, recording }) => view !== "none" && recording.lastSeq > 0);
  useEffect(() => timeline.followTimeline(), []);
  return hasRun ? <Bar /> : null;
}

function Bar() {
  const { t } = useTranslation("monitor");
  const isPlaying = useTimeline(({ playingAt }) => playingAt !== null);
  const speed = useTimeline((view) => view.speed);
  const isLive = useRun(({ run }) => run?.result === "running");
  const isAtEnd = useRun(({ cursor }) => cursor === null);
  const failure = useTimeline(({ failures }) => failures.at(-1));
  return (
    <section aria-label={t("timeline.label")} className="flex h-8 min-w-80 flex-1 items-center gap-2">
      <IconButton
        icon={isPlaying ? Pause : Play}
        size="smallIcon"
        label={t(isPlaying ? "timeline.pause" : "timeline.play")}
        onClick={isPlaying ? timeline.pause : timeline.play}
      />
      <Select
        aria-label={t("timeline.speed")}
        value={speed}
        className="h-6 w-16 px-1 text-xs"
        onChange={(event) => useTimeline.setState({ speed: Number(event.target.value) })}
      >
        {SPEEDS.map((value) => (
          <option key={value} value={value}>
            {value}×
          </option>
        ))}
      </Select>
      <Slider />
      {failure !== undefined && (
        <IconButton
          icon={TriangleAlert}
          size="smallIcon"
          label={t("timeline.failure")}
          className="text-failure"
          onClick={() => timeline.goToEvent(failure.seq)}
        />
      )}
      <IconButton
        icon={isLive ? Radio : SkipForward}
        size="smallIcon"
        label={t(isLive ? "timeline.live" : "timeline.end")}
        aria-pressed={isAtEnd}
        className="aria-pressed:text-accent"
        onClick={timeline.goToEnd}
      />
    </section>
  );
}

function Slider() {
  const { t } = useTranslation("monitor");
  const { from, until, density, failures, playingAt } = useTimeline();
  const seq = useRun(shownSeq);
  const total = useRun(({ recording }) => recording.lastSeq);
  const eventAt = useRun(({ state, cursor }) => (cursor === null ? null : state.lastAt));
  const end = useRun(({ recording }) => recording.state.lastAt ?? 0);
  const span = Math.max(until - from, 1);
  const at = Math.min(playingAt ?? eventAt ?? until, until);
  const seconds = (((eventAt ?? end) - from) / 1_000).toFixed(3);
  const share = `${((at - from) / span) * 100}%`;

  const drag = (event: PointerEvent<HTMLDivElement>): void => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    const part = Math.min(Math.max((event.clientX - left) / width, 0), 1);
    if (part === 1) timeline.goToEnd();
    else timeline.goTo(from + part * span);
  };
  const pressed = (event: KeyboardEvent): void => {
    const move = {
      ArrowRight: () => timeline.step(1),
      ArrowUp: () => timeline.step(1),
      ArrowLeft: () => timeline.step(-1),
      ArrowDown: () => timeline.step(-1),
      PageUp: () => timeline.goTo(at + span / 10),
      PageDown: () => timeline.goTo(at - span / 10),
      Home: () => timeline.goToEvent(1),
      End: timeline.goToEnd,
      " ": playingAt === null ? timeline.play : timeline.pause,
    }[event.key];
    if (move === undefined) return;
    event.preventDefault();
    move();
  };
  return (
    <>
      <div
        role="slider"
        tabIndex={0}
        aria-label={t("timeline.label")}
        aria-valuemin={0}
        aria-valuemax={Math.round(span)}
        aria-valuenow={Math.round(at - from)}
        aria-valuetext={t("timeline.position", { time: seconds, seq, total })}
        className="relative mx-2 h-6 flex-1 cursor-pointer touch-none rounded"
        onKeyDown={pressed}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          drag(event);
        }}
        onPointerMove={(event) => {
          if (event.currentTarget.hasPointerCapture(event.pointerId)) drag(event);
        }}
      >
        <Marks from={from} span={span} density={density} failures={failures} />
        <div
          className="absolute top-1/2 left-0 h-1 -translate-y-1/2 rounded-full bg-accent"
          style={{ width: share }}
        />
        <div
          className="absolute top-1/2 h-4 w-2 -translate-1/2 rounded-full border border-accent bg-raised shadow"
          style={{ left: share }}
        />
      </div>
      <output className="w-24 text-right text-xs text-muted tabular-nums">
        {seconds} / {((Math.max(until, end) - from) / 1_000).toFixed(1)} s
      </output>
    </>
  );
}

/** Where messages are thick, and where something failed. */
const Marks = memo(function Marks({
  from,
  span,
  density,
  failures,
}: {
  from: number;
  span: number;
  density: readonly number[];
  failures: readonly Mark[];
}) {
  const most = Math.max(...density, 1);
  const bars = density
    .map((count, part) => (count === 0 ? "" : `M${part + 0.5} 12v-${3 + (8 * count) / most}`))
    .join("");
  return (
    <div aria-hidden className="absolute inset-0">
      <div className="absolute top-1/2 h-1 w-full -translate-y-1/2 rounded-full bg-line" />
      <svg className="size-full" viewBox={`0 0 ${Math.max(density.length, 1)} 24`} preserveAspectRatio="none">
        <path d={bars} stroke="var(--muted)" opacity="0.55" />
      </svg>
      {failures.slice(-100).map(({ seq, at }) => (
        <span
          key={seq}
          className="absolute bottom-0 size-2 -translate-x-1/2 rotate-45 rounded-[1px] bg-failure"
          style={{ left: `${((at - from) / span) * 100}%` }}
        />
      ))}
    </div>
  );
});
