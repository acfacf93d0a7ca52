import { Check } from "lucide-react";
import { useTranslation } from "react-i18next";
import { COLORS, colorsOf } from "@/core/document/colors";
import { asText } from "@/core/forms/values";
import { useShownDocument } from "@/features/editor/shown";
import { classes } from "@/ui/kit/classes";
import type { WidgetProps } from "./widget";

/** One of the colours that lie well apart, any other, or the one that comes by itself. */
export function ColourWidget({ id, describedBy, field, value, node, isReadOnly, onChange }: WidgetProps) {
  const { t } = useTranslation("properties");
  const shown = colorsOf(useShownDocument()).get(node.id) ?? COLORS[0] ?? "#888888";
  const own = asText(value).toLowerCase();
  const isOwn = own !== "" && !COLORS.includes(own);
  return (
    <div
      role="radiogroup"
      id={id}
      aria-label={field.title}
      aria-describedby={describedBy}
      className="flex flex-wrap items-center gap-1.5"
    >
      <label className="mr-1 flex h-6 cursor-pointer items-center gap-1.5 rounded-md border border-line px-2 text-xs has-checked:border-accent has-checked:bg-accent-soft has-focus-visible:outline-2 has-focus-visible:outline-accent">
        <input
          type="radio"
          name={id}
          className="sr-only"
          checked={own === ""}
          disabled={isReadOnly}
          onChange={() => onChange(undefined)}
        />
        {t("automatic")}
      </label>
      {COLORS.map((colour, index) => (
        <label
          key={colour}
          style={{ background: colour }}
          className={classes(
            "grid size-6 cursor-pointer place-items-center rounded-full text-white has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent",
          )}
        >
          <input
            type="radio"
            name={id}
            className="sr-only"
            aria-label={t("colour", { number: index + 1 })}
            checked={own === colour}
            disabled={isReadOnly}
            onChange={() => onChange(colour)}
          />
          {own === colour && <Check aria-hidden size={14} strokeWidth={3} />}
        </label>
      ))}
      <input
        type="color"
        aria-label={t("otherColour")}
        value={toSixDigits(shown)}
        disabled={isReadOnly}
        onChange={(event) => onChange(event.target.value)}
        className={classes(
          "size-6 cursor-pointer rounded-md border border-line bg-transparent p-0.5",
          isOwn && "border-accent ring-1 ring-accent",
        )}
      />
    </div>
  );
}

/** The browser's own picker knows no short form. */
const toSixDigits = (colour: string): string =>
  colour.length === 4 ? colour.replace(/[0-9a-f]/gi, "$&$&") : colour;
