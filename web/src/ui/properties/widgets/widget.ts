import type { ComponentType } from "react";
import type { FlowNode } from "@/core/document/types";
import type { FormField } from "@/core/forms/fields";

/** What every widget is given: the setting, what it holds now, and what to call it. */
export interface WidgetProps {
  /** For the element that the label names. */
  id: string;
  /** Ids of help and findings. */
  describedBy: string | undefined;
  field: FormField;
  /** As it stands in the document; undefined where it is not there. */
  value: unknown;
  node: FlowNode;
  isInvalid: boolean;
  isReadOnly: boolean;
  /** Store another value; undefined takes the setting away. */
  onChange: (value: unknown) => void;
}

export type Widget = ComponentType<WidgetProps>;
