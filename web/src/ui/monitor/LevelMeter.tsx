import { Ear, Mic } from "lucide-react";
import { useTranslation } from "react-i18next";
import { STEPS } from "@/core/run/levels";
import { NOTHING, useMeter } from "@/features/run/levels";
import { classes } from "@/ui/kit/classes";

const SIDES = { heard: { Icon: Ear, fill: "bg-success" }, sent: { Icon: Mic, fill: "bg-accent" } } as const;

/** How loud what is heard and what is sent are right now; not there while no call of it is under way. */
export function LevelMeter({
  instanceId,
  callId,
  name,
  className,
}: {
  instanceId: string;
  /** One call; all calls of the instance where it is left out. */
  callId?: string | null;
  name: string;
  className?: string;
}) {
  const meter = useMeter(instanceId, callId);
  if (meter === null) return null;
  return (
    <span className={classes("inline-flex shrink-0 flex-col gap-1", className)}>
      {(["heard", "sent"] as const).map((side) => (
        <Side key={side} side={side} steps={meter[side]} name={name} />
      ))}
    </span>
  );
}

function Side({ side, steps, name }: { side: keyof typeof SIDES; steps: number; name: string }) {
  const { t } = useTranslation("monitor");
  const { Icon, fill } = SIDES[side];
  const text = steps === NOTHING ? "nothing" : steps === 0 ? "silence" : "sound";
  return (
    <span className="flex items-center gap-1">
      <Icon aria-hidden size={10} className={steps > 0 ? "" : "text-muted opacity-60"} />
      <span
        role="meter"
        aria-label={t(`loudness.${side}`, { name })}
        aria-valuemin={0}
        aria-valuemax={STEPS}
        aria-valuenow={Math.max(steps, 0)}
        aria-valuetext={t(`loudness.is.${text}`, { steps, of: STEPS })}
        className="block h-1.5 w-9 overflow-hidden rounded-full bg-line"
      >
        <span
          className={classes(
            "block h-full origin-left rounded-full transition-transform duration-200 ease-linear",
            fill,
          )}
          style={{ transform: `scaleX(${Math.max(steps, 0) / STEPS})` }}
        />
      </span>
    </span>
  );
}
