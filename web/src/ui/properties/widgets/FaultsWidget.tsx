import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import { EFFECTS, faultRows, type FaultRow, METHODS } from "@/core/forms/faults";
import { asText, numberFrom, textFrom } from "@/core/forms/values";
import { Select, TextInput } from "@/ui/kit/Field";
import { RowList } from "./RowList";
import type { WidgetProps } from "./widget";

/** Faults to play, a row each: which requests, and what happens to them. */
export function FaultsWidget({ id, describedBy, field, value, isReadOnly, onChange }: WidgetProps) {
  const { t } = useTranslation("properties");
  const rows = faultRows(value);

  const store = (changed: readonly FaultRow[]): void => onChange(changed.length === 0 ? undefined : changed);
  const put = (index: number, changed: Partial<FaultRow>): void =>
    store(rows.map((own, at) => (at === index ? { ...own, ...changed } : own)));

  return (
    <RowList
      {...{ id, describedBy, field, isReadOnly }}
      className="gap-2"
      rowClassName="flex-wrap"
      addLabel={t("fault.add")}
      removeLabel={(index) => t("fault.remove", { number: index + 1 })}
      onAdd={() => store([...rows, { method: "INVITE", requests: "1", effect: EFFECTS[0] }])}
      onRemove={(index) => store(rows.filter((_, at) => at !== index))}
      rows={rows.map((row, index) => (
        <Fragment key={index}>
          <Select
            aria-label={t("fault.method")}
            disabled={isReadOnly}
            value={asText(row.method)}
            className="w-28 min-w-0 grow"
            onChange={(event) => put(index, { method: textFrom(event.target.value) })}
          >
            <option value="">{t("fault.anyMethod")}</option>
            {METHODS.map((method) => (
              <option key={method}>{method}</option>
            ))}
          </Select>
          <TextInput
            aria-label={t("fault.requests")}
            placeholder={t("fault.allRequests")}
            title={t("fault.requestsHelp")}
            readOnly={isReadOnly}
            value={asText(row.requests)}
            className="w-16 min-w-0 grow"
            onChange={(event) => put(index, { requests: textFrom(event.target.value) })}
          />
          <Select
            aria-label={t("fault.effect")}
            disabled={isReadOnly}
            value={asText(row.effect) || EFFECTS[0]}
            className="w-24 min-w-0 grow"
            onChange={(event) => put(index, { effect: event.target.value })}
          >
            {EFFECTS.map((effect) => (
              <option key={effect} value={effect}>
                {t(`fault.${effect}`)}
              </option>
            ))}
          </Select>
          {asText(row.effect) !== "drop" && (
            <EffectValue row={row} isReadOnly={isReadOnly} onChange={(changed) => put(index, changed)} />
          )}
        </Fragment>
      ))}
    />
  );
}

/** What belongs to the effect: a status code, or a time. */
function EffectValue({
  row,
  isReadOnly,
  onChange,
}: {
  row: FaultRow;
  isReadOnly: boolean;
  onChange: (changed: Partial<FaultRow>) => void;
}) {
  const { t } = useTranslation("properties");
  const [name, label, fallback] =
    asText(row.effect) === "delay"
      ? (["delay", t("fault.delayMs"), "500"] as const)
      : (["statusCode", t("fault.status"), "503"] as const);
  return (
    <TextInput
      aria-label={label}
      title={label}
      inputMode="numeric"
      placeholder={fallback}
      readOnly={isReadOnly}
      value={asText(row[name])}
      className="w-16 min-w-0 grow"
      onChange={(event) => onChange({ [name]: numberFrom(event.target.value) })}
    />
  );
}
