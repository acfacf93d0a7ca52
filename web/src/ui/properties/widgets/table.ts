import type { FieldKind } from "@/api/catalogue";
import { ChecksWidget } from "./ChecksWidget";
import { BooleanWidget, ChoiceWidget } from "./ChoiceWidgets";
import { CodecsWidget } from "./CodecsWidget";
import { ColourWidget } from "./ColourWidget";
import { FaultsWidget } from "./FaultsWidget";
import { GroupsWidget, HeadersWidget, VariablesWidget } from "./HeadersWidget";
import { LinesWidget } from "./LinesWidget";
import {
  IntegerWidget,
  MillisecondsWidget,
  PortWidget,
  SecondsWidget,
  StatusCodeWidget,
} from "./NumberWidgets";
import { PasswordWidget } from "./PasswordWidget";
import {
  AudioWidget,
  CallIdWidget,
  HostWidget,
  MethodWidget,
  NodeWidget,
  NumberedWidget,
  PbxWidget,
  StatusPatternWidget,
  TargetWidget,
  TextWidget,
} from "./TextWidgets";
import type { Widget } from "./widget";

/** The widget of each kind of setting; the server's contract names the kinds. */
const WIDGETS = {
  text: TextWidget,
  "sip-uri": TargetWidget,
  dn: NumberedWidget,
  "call-id": CallIdWidget,
  milliseconds: MillisecondsWidget,
  seconds: SecondsWidget,
  "status-code": StatusCodeWidget,
  choice: ChoiceWidget,
  headers: HeadersWidget,
  integer: IntegerWidget,
  boolean: BooleanWidget,
  host: HostWidget,
  port: PortWidget,
  password: PasswordWidget,
  codecs: CodecsWidget,
  colour: ColourWidget,
  method: MethodWidget,
  "status-pattern": StatusPatternWidget,
  lines: LinesWidget,
  expression: LinesWidget,
  variable: TextWidget,
  variables: VariablesWidget,
  groups: GroupsWidget,
  checks: ChecksWidget,
  node: NodeWidget,
  faults: FaultsWidget,
  pbx: PbxWidget,
  audio: AudioWidget,
} satisfies Record<FieldKind, Widget>;

/** The widget for a kind; text for one that a newer server may have. */
export const widgetOf = (kind: string): Widget => (kind in WIDGETS ? WIDGETS[kind as FieldKind] : TextWidget);

/** Kinds whose widget is a group, which has a name of its own instead of a label. */
const GROUPS: ReadonlySet<string> = new Set<FieldKind>([
  "headers",
  "variables",
  "groups",
  "checks",
  "codecs",
  "colour",
  "faults",
]);

export const isGroup = (kind: string): boolean => GROUPS.has(kind);
