import type { FieldProps } from "@rjsf/utils";
import { createContext, createElement, useContext } from "react";
import type { FlowNode } from "@/core/document/types";
import { type FormField, fieldsOf } from "@/core/forms/fields";
import { useCatalogue } from "@/features/catalogue/store";
import { useIsReadOnly } from "@/features/editor/shown";
import { useEditor } from "@/features/editor/store";
import { useNodeProblems } from "@/features/problems/store";
import { describedBy, Row } from "./Row";
import { useGesture } from "./useGesture";
import { isGroup, widgetOf } from "./widgets/table";

/**
 * The node whose settings a form shows. The form itself hands values on one drawing late, in which a list that has just
 * grown would lose its last row, and that the keyboard.
 */
export const SettingsOf = createContext<FlowNode | null>(null);

/** One setting in the generated form: the widget of its kind, with label, help and findings. */
export function Setting({ name }: FieldProps<unknown>) {
  const node = useContext(SettingsOf);
  const { infoOf } = useCatalogue();
  const info = node === null ? undefined : infoOf(node);
  const field = info === undefined ? undefined : fieldsOf(info).find((own) => own.name === name);
  if (node === null || field === undefined) return null;
  return <Known node={node} field={field} value={node.data[name]} />;
}

function Known({ node, field, value }: { node: FlowNode; field: FormField; value: unknown }) {
  const isReadOnly = useIsReadOnly();
  const findings = useNodeProblems(node.id).filter((finding) => finding.field === field.name && !isReadOnly);
  const { gesture, parts } = useGesture(`${node.id} ${field.name}`);
  const id = `setting-${field.name}`;
  return (
    <Row
      {...parts}
      id={id}
      name={field.name}
      label={field.title}
      help={field.help}
      isRequired={field.isRequired}
      isGroup={isGroup(field.kind)}
      isBeside={field.kind === "boolean" && typeof field.fallback === "boolean"}
      findings={findings}
    >
      {createElement(widgetOf(field.kind), {
        id,
        describedBy: describedBy(id, field.help, findings),
        field,
        value,
        node,
        isInvalid: findings.some(({ severity }) => severity === "error"),
        isReadOnly,
        onChange: (changed) => useEditor.getState().updateData(node.id, { [field.name]: changed }, gesture()),
      })}
    </Row>
  );
}
