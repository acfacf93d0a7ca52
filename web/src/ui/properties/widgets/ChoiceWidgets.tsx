import { useTranslation } from "react-i18next";
import { asText, flagFrom } from "@/core/forms/values";
import { Select } from "@/ui/kit/Field";
import { Toggle } from "@/ui/kit/Toggle";
import type { WidgetProps } from "./widget";

/** One of a closed list. The default is what counts without a choice; a value that is none of them is shown as it is. */
export function ChoiceWidget({
  id,
  describedBy,
  field,
  value,
  isInvalid,
  isReadOnly,
  onChange,
}: WidgetProps) {
  const { t } = useTranslation("properties");
  const fallback = asText(field.fallback);
  const text = asText(value);
  // Older documents write some of them in small letters.
  const own = field.choices.find((choice) => choice.value.toLowerCase() === text.toLowerCase());
  const title = field.choices.find((choice) => choice.value === fallback)?.title;
  return (
    <Select
      id={id}
      aria-describedby={describedBy}
      aria-invalid={isInvalid}
      disabled={isReadOnly}
      value={own === undefined ? text : own.value === fallback ? "" : own.value}
      onChange={(event) => onChange(event.target.value === "" ? undefined : event.target.value)}
    >
      <option value="">{title === undefined ? t("notSet") : t("isDefault", { title })}</option>
      {field.choices
        .filter((choice) => choice.value !== fallback)
        .map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.title}
          </option>
        ))}
      {own === undefined && text !== "" && <option value={text}>{text}</option>}
    </Select>
  );
}

/** Yes or no; where the default is neither, also left open. */
export function BooleanWidget(props: WidgetProps) {
  const { t } = useTranslation("properties");
  const { id, describedBy, field, value, isInvalid, isReadOnly, onChange } = props;
  const flag = flagFrom(value);
  const fallback = flagFrom(field.fallback);
  const isOdd = flag === null && asText(value) !== "";
  if (fallback === null || isOdd) {
    const choices = [
      { value: "true", title: t("yes") },
      { value: "false", title: t("no") },
    ];
    return (
      <ChoiceWidget
        {...props}
        value={flag ?? value}
        field={{ ...field, choices }}
        onChange={(chosen) => onChange(flagFrom(chosen) ?? undefined)}
      />
    );
  }
  return (
    <Toggle
      id={id}
      describedBy={describedBy}
      isInvalid={isInvalid}
      isOn={flag ?? fallback}
      isDisabled={isReadOnly}
      onChange={(isOn) => onChange(isOn === fallback ? undefined : isOn)}
    />
  );
}
