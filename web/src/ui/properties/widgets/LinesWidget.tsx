import { asText, textFrom } from "@/core/forms/values";
import { TextArea } from "@/ui/kit/Field";
import type { WidgetProps } from "./widget";

/** Text of several lines, or an expression: in letters of one width, as high as it is long. */
export function LinesWidget({ id, describedBy, field, value, isInvalid, isReadOnly, onChange }: WidgetProps) {
  const text = asText(value);
  return (
    <TextArea
      id={id}
      aria-describedby={describedBy}
      aria-invalid={isInvalid}
      readOnly={isReadOnly}
      rows={Math.min(16, Math.max(2, text.split("\n").length))}
      className="font-mono text-sm"
      placeholder={asText(field.fallback)}
      value={text}
      onChange={(event) => onChange(textFrom(event.target.value))}
    />
  );
}
