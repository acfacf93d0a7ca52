// The package as a whole also brings its test tools, which want a validator that we do without.
import Form from "@rjsf/core/lib/components/Form.js";
import type {
  FieldTemplateProps,
  ObjectFieldTemplateProps,
  RJSFSchema,
  UiSchema,
  ValidatorType,
} from "@rjsf/utils";
import { useMemo } from "react";
import type { NodeTypeInfo } from "@/core/catalogue";
import type { FlowNode } from "@/core/document/types";
import { Setting, SettingsOf } from "./Setting";

/** The form of a node's settings, generated from its type's JSON Schema. */
export function SettingsForm({ node, info }: { node: FlowNode; info: NodeTypeInfo }) {
  const { schema, uiSchema } = useMemo(() => formOf(info), [info]);
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
    </SettingsOf>
  );
}

/** The schema without defaults: a default that is shown must not be written into the document. */
function formOf({ schema }: NodeTypeInfo): { schema: RJSFSchema; uiSchema: UiSchema } {
  const names = Object.keys(schema.properties);
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
