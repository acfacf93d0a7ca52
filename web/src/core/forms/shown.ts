import type { FormField } from "./fields";
import { asText, flagFrom, isTemplate } from "./values";

type Settings = Readonly<Record<string, unknown>>;

/** The settings that mean something beside the others: by their conditions, as far as those can be told. */
export function fieldsThatCount(fields: readonly FormField[], data: Settings): FormField[] {
  return fields.filter(({ shownWhen: condition }) => {
    const other = fields.find(({ name }) => name === condition?.name);
    if (condition === null || other === undefined) return true;
    const value = isBlank(data[other.name]) ? other.fallback : data[other.name];
    if (isTemplate(value)) return true;
    return condition.values.some((wanted) => isSame(value, wanted)) !== condition.isUnless;
  });
}

/** Whether the document sets it to something else than what counts anyway. */
export const isSet = ({ name, fallback }: FormField, data: Settings): boolean =>
  !isBlank(data[name]) && !isSame(data[name], fallback);

const isBlank = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  (typeof value === "string" && value.trim() === "") ||
  (Array.isArray(value) && value.length === 0);

/** Whether two values mean the same, in whatever spelling a document has them. */
function isSame(value: unknown, other: unknown): boolean {
  if (typeof other === "boolean") return flagFrom(value) === other;
  return plain(value) === plain(other);
}

const plain = (value: unknown): string =>
  typeof value === "object" && value !== null ? JSON.stringify(value) : asText(value).trim().toLowerCase();
