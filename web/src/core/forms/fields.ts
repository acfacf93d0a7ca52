import type { FieldSchema, NodeTypeInfo, SettingsSchema } from "../catalogue";

/** One setting of a node type as a form shows it. */
export interface FormField {
  /** Its name in the document. */
  name: string;
  /** What it holds: chooses the widget. */
  kind: string;
  title: string;
  help: string;
  /** What counts where the document says nothing; null and undefined are no value. */
  fallback: unknown;
  isRequired: boolean;
  /** What may be chosen, where that is a closed list. */
  choices: readonly Choice[];
  /** What could stand there, where anything may. */
  examples: readonly string[];
  min: number | null;
  max: number | null;
  /** With what of another setting it means anything; null where it always does. */
  shownWhen: Condition | null;
}

/** That another setting has one of these values, or none of them. */
export interface Condition {
  name: string;
  values: readonly unknown[];
  isUnless: boolean;
}

export interface Choice {
  value: string;
  title: string;
}

/** The settings of a node type, in the order of the form. */
export function fieldsOf({ schema }: Pick<NodeTypeInfo, "schema">): FormField[] {
  return Object.entries(schema.properties).map(([name, own]) => fieldOf(name, own, schema));
}

function fieldOf(name: string, own: FieldSchema, schema: SettingsSchema): FormField {
  const shape = shapeOf(own, schema);
  const names = isObject(own["x-choices"]) ? own["x-choices"] : {};
  const values = listOf(
    shape.enum ?? (isObject(shape.items) ? shapeOf(shape.items, schema).enum : undefined),
  );
  return {
    name,
    kind: own["x-kind"] ?? "text",
    title: own.title ?? name,
    help: own.description ?? "",
    fallback: own.default,
    isRequired: schema.required?.includes(name) === true,
    choices: values.map((value) => ({ value, title: textFrom(names[value]) ?? value })),
    examples: listOf(own.examples),
    min: numberOf(shape.minimum) ?? (shape.exclusiveMinimum === 0 ? 1 : null),
    max: numberOf(shape.maximum),
    shownWhen: conditionOf(own["x-shown-when"]),
  };
}

function conditionOf(told: unknown): Condition | null {
  if (!isObject(told) || typeof told.field !== "string") return null;
  const values = told.is ?? told.not;
  return Array.isArray(values) ? { name: told.field, values, isUnless: told.is === undefined } : null;
}

/** The schema that says what a value is like: behind a reference, and beside a null that may stand for none. */
function shapeOf(own: Record<string, unknown>, schema: SettingsSchema): Record<string, unknown> {
  if (typeof own.$ref === "string") {
    const name = own.$ref.replace(/^#\/\$defs\//, "");
    const definitions = isObject(schema.$defs) ? schema.$defs : {};
    return isObject(definitions[name]) ? definitions[name] : {};
  }
  if (!Array.isArray(own.anyOf)) return own;
  const real = own.anyOf.filter(isObject).find(({ type }) => type !== "null");
  return real === undefined ? own : shapeOf(real, schema);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const listOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
const numberOf = (value: unknown): number | null => (typeof value === "number" ? value : null);
const textFrom = (value: unknown): string | null => (typeof value === "string" ? value : null);
