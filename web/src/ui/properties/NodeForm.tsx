import { createElement } from "react";
import { useTranslation } from "react-i18next";
import { colorsOf } from "@/core/document/colors";
import { instancesOf, textOf, typeNameOf } from "@/core/document/read";
import type { FlowNode } from "@/core/document/types";
import { useCatalogue } from "@/features/catalogue/store";
import { useIsReadOnly, useShownDocument } from "@/features/editor/shown";
import { useEditor } from "@/features/editor/store";
import { useFocus } from "@/features/focus/store";
import { useNodeProblems } from "@/features/problems/store";
import { Select, TextInput } from "@/ui/kit/Field";
import { iconNamed } from "@/ui/kit/nodeIcons";
import { Prose } from "@/ui/kit/Prose";
import { Toggle } from "@/ui/kit/Toggle";
import { Findings, Row } from "./Row";
import { SettingsForm } from "./SettingsForm";
import { useGesture } from "./useGesture";

const TONES = { sipInstance: "text-text", command: "text-command", event: "text-event" };

/** Everything about one node: what it is, whose it is, its name, whether it takes part, and its settings. */
export function NodeForm({ node }: { node: FlowNode }) {
  const { t } = useTranslation("properties");
  const info = useCatalogue().infoOf(node);
  const isReadOnly = useIsReadOnly();
  const problems = useNodeProblems(node.id);
  const shown = new Set(Object.keys(info?.schema.properties ?? {}));
  const general = problems.filter(({ field }) => field === null || !shown.has(field));
  const isStep = node.type !== "sipInstance";
  return (
    <div className="flex flex-col gap-4 p-3">
      <header className="flex items-start gap-2">
        {createElement(iconNamed(info?.icon), {
          "aria-hidden": true,
          size: 18,
          className: `mt-0.5 shrink-0 ${TONES[node.type]}`,
        })}
        <div className="min-w-0">
          <h3 className="text-sm font-semibold">{info?.title ?? (typeNameOf(node) || node.type)}</h3>
          <p className="text-xs text-muted">
            <Prose text={info?.doc ?? t("unknownType")} />
          </p>
        </div>
      </header>
      {!isReadOnly && general.length > 0 && <Findings findings={general} />}
      {isStep && <Owner node={node} />}
      {!shown.has("label") && <Label node={node} />}
      {isStep && (
        <Row id="node-disabled" label={t("disabled")} help={t("disabledHelp")} isBeside>
          <Toggle
            id="node-disabled"
            describedBy="node-disabled-help"
            isOn={node.data.disabled === true}
            isDisabled={isReadOnly}
            onChange={(isOn) =>
              useEditor.getState().updateData(node.id, { disabled: isOn ? true : undefined })
            }
          />
        </Row>
      )}
      {info !== undefined && shown.size > 0 && (
        <>
          <hr className="border-line" />
          <SettingsForm node={node} info={info} />
        </>
      )}
    </div>
  );
}

/** The node's own name. */
function Label({ node }: { node: FlowNode }) {
  const { t } = useTranslation("properties");
  const isReadOnly = useIsReadOnly();
  const title = useCatalogue().infoOf(node)?.title;
  const { gesture, parts } = useGesture(`${node.id} label`);
  return (
    <Row {...parts} id="node-label" name="label" label={t("label")}>
      <TextInput
        id="node-label"
        value={textOf(node, "label")}
        placeholder={title}
        maxLength={200}
        readOnly={isReadOnly}
        onChange={({ target: { value } }) =>
          useEditor.getState().updateData(node.id, { label: value === "" ? undefined : value }, gesture())
        }
      />
    </Row>
  );
}

/** The instance whose chain reaches the node; a node that none reaches says itself whose it is. */
function Owner({ node }: { node: FlowNode }) {
  const { t } = useTranslation("properties");
  const document = useShownDocument();
  const isReadOnly = useIsReadOnly();
  const { titleOf } = useCatalogue();
  const instances = document.nodes.filter(({ type }) => type === "sipInstance");
  const owner = instances.find(({ id }) => id === instancesOf(document).get(node.id));
  const isReached = document.edges.some(({ target }) => target === node.id);
  if (!isReached && !isReadOnly)
    return (
      <Row id="node-owner" name="sipInstanceId" label={t("instance")} help={t("notReached")}>
        <Select
          id="node-owner"
          aria-describedby="node-owner-help"
          value={owner?.id ?? ""}
          onChange={({ target: { value } }) =>
            useEditor.getState().updateData(node.id, { sipInstanceId: value === "" ? undefined : value })
          }
        >
          <option value="">{t("notSet")}</option>
          {instances.map((instance) => (
            <option key={instance.id} value={instance.id}>
              {titleOf(instance)}
            </option>
          ))}
        </Select>
      </Row>
    );
  if (owner === undefined) return null;
  return (
    <p className="flex items-center gap-2">
      <span className="font-medium">{t("instance")}</span>
      <button
        type="button"
        className="ml-auto flex min-w-0 cursor-pointer items-center gap-1.5 rounded-md border border-line px-2 py-0.5 hover:bg-sunken"
        onClick={() => {
          useEditor.getState().select([owner.id]);
          useFocus.getState().show({ nodeId: owner.id });
        }}
      >
        <span
          aria-hidden
          className="size-2.5 shrink-0 rounded-full"
          style={{ background: colorsOf(document).get(owner.id) }}
        />
        <span className="truncate">{titleOf(owner)}</span>
      </button>
    </p>
  );
}
