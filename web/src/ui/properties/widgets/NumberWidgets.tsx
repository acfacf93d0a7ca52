import { useTranslation } from "react-i18next";
import { formatMs } from "@/core/face";
import { phraseOf, statusCodes } from "@/core/forms/statusCodes";
import type { Suggestion } from "@/core/forms/suggest";
import { asText, durationFrom, isTemplate, numberFrom } from "@/core/forms/values";
import { Combo } from "@/ui/kit/Combo";
import { offerFor } from "./offers";
import type { WidgetProps } from "./widget";

/** A number: typed as text, so that a variable may stand for it; the page keys count up and down. */
function NumberInput({
  props,
  unit,
  step = 1,
  suggestions = NONE,
  whenLeft,
}: {
  props: WidgetProps;
  unit?: string;
  step?: number;
  suggestions?: () => readonly Suggestion[];
  /** Reads what was typed in another way, once it is all there. */
  whenLeft?: (text: string) => number | null;
}) {
  const { id, describedBy, field, value, isInvalid, isReadOnly, onChange } = props;
  const count = (steps: number): void => {
    const now = numberFrom(asText(value ?? field.fallback ?? 0));
    if (typeof now !== "number") return;
    onChange(Math.min(Math.max(now + steps * step, field.min ?? -Infinity), field.max ?? Infinity));
  };
  return (
    <Combo
      id={id}
      aria-describedby={describedBy}
      inputMode="numeric"
      value={asText(value)}
      placeholder={asText(field.fallback)}
      isInvalid={isInvalid}
      isReadOnly={isReadOnly}
      {...(unit === undefined ? {} : { unit })}
      offer={offerFor(suggestions)}
      onText={(text) => onChange(numberFrom(text))}
      onBlur={() => {
        const read = whenLeft?.(asText(value)) ?? null;
        if (read !== null && !isReadOnly) onChange(read);
      }}
      onKeyDown={(event) => {
        const steps = { PageUp: 1, PageDown: -1 }[event.key];
        if (steps === undefined || isReadOnly) return;
        event.preventDefault();
        count(steps);
      }}
    />
  );
}

const NONE = () => [];

export const IntegerWidget = (props: WidgetProps) => <NumberInput props={props} />;
export const PortWidget = (props: WidgetProps) => <NumberInput props={props} />;

/** Milliseconds, with what they come to; `30 s` may be typed as well. */
export function MillisecondsWidget(props: WidgetProps) {
  const { t } = useTranslation("properties");
  const shown = asText(props.value ?? props.field.fallback);
  const spoken =
    shown === "" || isTemplate(shown) || typeof numberFrom(shown) !== "number" ? "" : formatMs(shown);
  const isLong = spoken !== "" && spoken !== `${shown} ms`;
  return (
    <NumberInput
      props={props}
      unit={isLong ? `ms = ${spoken}` : t("unit.ms")}
      step={500}
      whenLeft={durationFrom}
    />
  );
}

export function SecondsWidget(props: WidgetProps) {
  const { t } = useTranslation("properties");
  return (
    <NumberInput
      props={props}
      unit={t("unit.s")}
      step={10}
      whenLeft={(text) => {
        const ms = durationFrom(text);
        return ms === null ? null : ms / 1_000;
      }}
    />
  );
}

/** A status code, chosen from those that the setting takes, with its usual words. */
export function StatusCodeWidget(props: WidgetProps) {
  const { field, value } = props;
  const phrase = phraseOf(value ?? field.fallback);
  return (
    <NumberInput
      props={props}
      {...(phrase === "" ? {} : { unit: phrase })}
      suggestions={() => statusCodes(field.min, field.max)}
    />
  );
}
