// The package as a whole also brings its test tools, which want a validator that we do without.
import Form from "@rjsf/core/lib/components/Form.js";
import type {
  FieldTemplateProps,
  ObjectFieldTemplateProps,
  RJSFSchema,
  UiSchema,
  ValidatorType,
} from "@rjsf/utils";
import { ChevronDown, ChevronUp } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { NodeTypeInfo } from "@/core/catalogue";
import type { FlowNode } from "@/core/document/types";
import { fieldsOf, type FormField } from "@/core/forms/fields";
import { fieldsThatCount, isSet } from "@/core/forms/shown";
import { useNodeProblems } from "@/features/problems/store";
import { Button } from "@/ui/kit/Button";
import { Setting, SettingsOf } from "./Setting";

/**
 * The form of a node's settings, generated from its type's JSON Schema. Those that mean nothing beside the others are a
 * click away, unless they are set or something was found about them.
 */
export function SettingsForm({ node, info }: { node: FlowNode; info: NodeTypeInfo }) {
  const { t } = useTranslation("properties");
  const [isWhole, setWhole] = useState(false);
  const fields = useMemo(() => fieldsOf(info), [info]);
  const wanted = useWanted(node, fields);
  const left = fields.length - wanted.length;
  const shown = (isWhole ? fields : wanted).map(({ name }) => name).join(" ");
  const { schema, uiSchema } = useMemo(() => formOf(info, new Set(shown.split(" "))), [info, shown]);
  return (
    <SettingsOf value={node}>
      <Form
        tagName="div"
        idPrefix="settings"
        schema={schema}
        uiSchema={uiSchema}
        formData={node.data}
        fields={FIELDS}
        templates={TEMPLATES}
        validator={LEFT_TO_THE_SERVER}
        noHtml5Validate
      >
        <></>
      </Form>
      {left > 0 && (
        <Button
          tone="plain"
          className="self-start text-muted"
          aria-expanded={isWhole}
          onClick={() => setWhole(!isWhole)}
        >
          {isWhole ? <ChevronUp aria-hidden size={14} /> : <ChevronDown aria-hidden size={14} />}
          {isWhole ? t("fewerSettings") : t("moreSettings", { count: left })}
        </Button>
      )}
    </SettingsOf>
  );
}

/** The settings to show: those that count, are set or were found fault with; these stay, also while they are emptied. */
function useWanted(node: FlowNode, fields: readonly FormField[]): FormField[] {
  const problems = useNodeProblems(node.id);
  const [kept, keep] = useState<ReadonlySet<string>>(new Set());
  const due = fields
    .filter((field) => isSet(field, node.data) || problems.some((found) => found.field === field.name))
    .map(({ name }) => name);
  if (due.some((name) => !kept.has(name))) keep(new Set([...kept, ...due]));
  const counting = new Set(fieldsThatCount(fields, node.data));
  return fields.filter((field) => counting.has(field) || kept.has(field.name));
}

/** The schema without defaults: a default that is shown must not be written into the document. */
function formOf(
  { schema }: NodeTypeInfo,
  shown: ReadonlySet<string>,
): { schema: RJSFSchema; uiSchema: UiSchema } {
  const names = Object.keys(schema.properties).filter((name) => shown.has(name));
  return {
    schema: {
      type: "object",
      properties: Object.fromEntries(
        names.map((name) => [name, { title: schema.properties[name]?.title ?? name }]),
      ),
    },
    uiSchema: Object.fromEntries(names.map((name) => [name, { "ui:field": "setting" }])),
  };
}

const FIELDS = { setting: Setting };

const TEMPLATES = {
  FieldTemplate: ({ children }: FieldTemplateProps) => children,
  ObjectFieldTemplate: ({ properties }: ObjectFieldTemplateProps) => (
    <div className="flex flex-col gap-4">{properties.map(({ content }) => content)}</div>
  ),
};

/** The server looks through the whole document after every edit; a form knows too little for that. */
const LEFT_TO_THE_SERVER: ValidatorType = {
  validateFormData: () => ({ errors: [], errorSchema: {} }),
  isValid: () => true,
  rawValidation: () => ({}),
};
