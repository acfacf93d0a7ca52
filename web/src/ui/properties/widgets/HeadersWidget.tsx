import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type HeaderRow, headerRows } from "@/core/forms/values";
import { Combo } from "@/ui/kit/Combo";
import { TextInput } from "@/ui/kit/Field";
import { offerFor } from "./offers";
import { RowList } from "./RowList";
import type { Widget, WidgetProps } from "./widget";

/** What the two halves of a row are called, and what is done with rows. */
const WORDS = {
  headers: { name: "headerName", value: "headerValue", add: "addHeader", remove: "removeHeader" },
  variables: { name: "headerName", value: "headerValue", add: "addVariable", remove: "removeVariable" },
  groups: { name: "groupNumber", value: "groupMembers", add: "addGroup", remove: "removeGroup" },
} as const;
const isFilled = ([name, value]: HeaderRow) => name !== "" || value !== "";
const offerVariables = offerFor(() => []);

/** Names and values, a row each. A row that is empty yet is no part of the document. */
function Rows({
  id,
  describedBy,
  field,
  value,
  isReadOnly,
  onChange,
  words,
}: WidgetProps & { words: (typeof WORDS)[keyof typeof WORDS] }) {
  const { t } = useTranslation("properties");
  const stored = headerRows(value);
  const [drafts, setDrafts] = useState<readonly HeaderRow[]>(stored);
  // Undo, or another view, may have changed what is stored.
  const isSame = JSON.stringify(drafts.filter(isFilled)) === JSON.stringify(stored);
  const rows = isSame ? drafts : stored;

  const change = (changed: readonly HeaderRow[]): void => {
    setDrafts(changed);
    const filled = changed.filter(isFilled);
    if (JSON.stringify(filled) !== JSON.stringify(stored)) onChange(filled.length === 0 ? undefined : filled);
  };
  const put = (index: number, row: HeaderRow): void =>
    change(rows.map((own, at) => (at === index ? row : own)));
  const focusLast = (group: HTMLElement | null): void =>
    void requestAnimationFrame(() =>
      [...(group?.querySelectorAll<HTMLElement>("[data-header-name]") ?? [])].at(-1)?.focus(),
    );

  return (
    <RowList
      {...{ id, describedBy, field, isReadOnly }}
      className="gap-2"
      rowClassName="rounded-md border border-line p-1"
      addLabel={t(words.add)}
      removeLabel={(index) => t(words.remove, { name: rows[index]?.[0] || index + 1 })}
      onAdd={(group) => {
        setDrafts([...rows, ["", ""]]);
        focusLast(group);
      }}
      onRemove={(index) => change(rows.filter((_, at) => at !== index))}
      rows={rows.map(([name, text], index) => (
        // Side by side where both find room, else the name above its value: header names are long.
        <div key={index} className="flex min-w-0 flex-1 flex-wrap gap-1">
          <TextInput
            data-header-name
            aria-label={t(words.name)}
            placeholder={t(words.name)}
            readOnly={isReadOnly}
            value={name}
            className="w-auto min-w-0 flex-[1_1_8rem]"
            onChange={(event) => put(index, [event.target.value, text])}
          />
          <Combo
            aria-label={t(words.value)}
            placeholder={t(words.value)}
            isReadOnly={isReadOnly}
            value={text}
            offer={offerVariables}
            className="min-w-0 flex-[2_1_8rem]"
            onText={(changed) => put(index, [name, changed])}
          />
        </div>
      ))}
    />
  );
}

/** Header fields. */
export const HeadersWidget: Widget = (props) => <Rows {...props} words={WORDS.headers} />;

/** Variables that a node sets. */
export const VariablesWidget: Widget = (props) => <Rows {...props} words={WORDS.variables} />;

/** Numbers, each with those that it stands for. */
export const GroupsWidget: Widget = (props) => <Rows {...props} words={WORDS.groups} />;
