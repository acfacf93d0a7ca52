import {
  ControlButton,
  Controls,
  ReactFlow,
  ReactFlowProvider,
  useStore,
  ViewportPortal,
} from "@xyflow/react";
import { Maximize, Workflow } from "lucide-react";
import { type MouseEvent, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { perform, useActions } from "@/features/actions/registry";
import { useCatalogue } from "@/features/catalogue/store";
import { useIsReadOnly } from "@/features/editor/shown";
import { useFocus } from "@/features/focus/store";
import { useRun } from "@/features/run/store";
import { useCompare } from "@/features/workspace/compare";
import { useWorkspace } from "@/features/workspace/store";
import { CANVAS_ACTIONS, chosen } from "./actions";
import { openPickerAt, openPickerOn } from "./adding";
import "./canvas.css";
import { followClipboard } from "./clipboard";
import { dragLeave, dragOver, drop } from "./dropping";
import { FindBar } from "./FindBar";
import type { CanvasNode, WireEdge } from "./graph";
import { NoteGrip, StepGrip } from "./Grips";
import * as handlers from "./handlers";
import { NoteView } from "./NoteView";
import { EmptyCanvas, GuideLines, WiringHint } from "./Overlays";
import { Overview } from "./Overview";
import { Picker } from "./Picker";
import { Picture } from "./Picture";
import { StepView } from "./StepView";
import { type CanvasState, revealNode, useCanvas } from "./store";
import { useGraph } from "./useGraph";
import { useSpoken } from "./useSpoken";
import { FAR_ZOOM, fit, MANY_NODES, MIN_ZOOM, showFirst } from "./view";
import { WireHeads, WireView } from "./WireView";

const NODE_TYPES = { step: StepView, note: NoteView };
const EDGE_TYPES = { wire: WireView };
/** From afar the picture shows everything, and what is left of it takes the mouse and the keyboard. */
const FAR_NODE_TYPES = { step: StepGrip, note: NoteGrip };
const FAR_EDGE_TYPES = { wire: () => null };
const MULTI_KEYS = ["Meta", "Control"];
/** From so many chains on, what runs stands out by its colour alone. */
const MANY_CHAINS = 9;
const ATTRIBUTION = { hideAttribution: false };

/** The scenario as a drawing: to be edited, to be watched while it runs, or to be looked at. */
export function Canvas() {
  return (
    <ReactFlowProvider>
      <Drawing />
    </ReactFlowProvider>
  );
}

function Drawing() {
  const { t } = useTranslation("editor");
  const isFar = useStore(({ transform }) => transform[2] < FAR_ZOOM);
  const { document: shown, nodes, edges } = useGraph(isFar);
  const isCalm = shown.nodes.filter(({ type }) => type === "sipInstance").length >= MANY_CHAINS;
  const isReadOnly = useIsReadOnly();
  const spoken = useSpoken();
  const isOpen = useWorkspace(({ open }) => open !== null);
  const titleOf = useCatalogue((catalogue) => catalogue.titleOf);
  useEffect(() => useActions.getState().register(CANVAS_ACTIONS), []);
  useEffect(() => followClipboard(chosen), []);
  useFittingView();
  useFollowingFocus();
  return (
    <div
      data-scope="canvas"
      data-calm={isCalm ? "" : undefined}
      tabIndex={-1}
      className="relative h-full outline-none"
      onDoubleClick={addHere}
      onDragOver={dragOver}
      onDragLeave={dragLeave}
      onDrop={drop}
    >
      <WireHeads />
      <ReactFlow
        nodes={nodes}
        edges={isFar ? edges.filter(({ selected }) => selected) : edges}
        nodeTypes={isFar ? FAR_NODE_TYPES : NODE_TYPES}
        edgeTypes={isFar ? FAR_EDGE_TYPES : EDGE_TYPES}
        onInit={keepFlow}
        onNodesChange={handlers.changeNodes}
        onEdgesChange={handlers.changeEdges}
        onConnect={handlers.connect}
        onConnectStart={handlers.beginConnect}
        onConnectEnd={handlers.endConnect}
        isValidConnection={handlers.isAllowed}
        onReconnect={handlers.reconnect}
        onReconnectStart={handlers.beginReconnect}
        onReconnectEnd={handlers.endReconnect}
        onNodeClick={handlers.point}
        onNodeDoubleClick={openNode}
        onEdgeDoubleClick={addOnWire}
        onPaneClick={isFar ? handlers.chooseWireFromAfar : handlers.pointAtNothing}
        {...(isFar && { onPaneMouseMove: handlers.pointAtWireFromAfar })}
        onPaneMouseLeave={handlers.pointAtNoWire}
        nodesDraggable={!isReadOnly}
        nodesConnectable={!isReadOnly}
        edgesReconnectable={!isReadOnly}
        edgesFocusable={false}
        disableKeyboardA11y
        deleteKeyCode={null}
        multiSelectionKeyCode={MULTI_KEYS}
        onlyRenderVisibleElements={!isFar && nodes.length > MANY_NODES}
        zoomOnDoubleClick={false}
        connectionRadius={28}
        minZoom={MIN_ZOOM}
        maxZoom={2}
        ariaLabelConfig={spoken}
        proOptions={ATTRIBUTION}
      >
        {isFar ? (
          <Picture nodes={nodes} edges={edges} />
        ) : (
          <ViewportPortal>
            <div className="dots" />
          </ViewportPortal>
        )}
        <GuideLines />
        <Controls showInteractive={false} showFitView={false} aria-label={t("controls")}>
          <ControlButton aria-label={t("action.fit")} title={t("action.fit")} onClick={fit}>
            <Maximize aria-hidden />
          </ControlButton>
          <ControlButton
            aria-label={t("action.arrange")}
            title={t("action.arrange")}
            disabled={isReadOnly}
            onClick={() => perform("edit.arrange")}
          >
            <Workflow aria-hidden />
          </ControlButton>
        </Controls>
        {nodes.length > 0 && <Overview nodes={nodes} />}
      </ReactFlow>
      {shown.nodes.length === 0 && <EmptyCanvas isScenarioOpen={isOpen} />}
      <WiringHint
        titleOf={(id) => {
          const node = shown.nodes.find((own) => own.id === id);
          return node === undefined ? id : titleOf(node);
        }}
      />
      <FindBar />
      <Picker />
    </div>
  );
}

const keepFlow = (flow: CanvasState["flow"]): void => useCanvas.getState().set({ flow });

function addHere(event: MouseEvent): void {
  if ((event.target as Element).classList.contains("react-flow__pane"))
    openPickerAt({ x: event.clientX, y: event.clientY });
}

const addOnWire = (_: unknown, { id }: WireEdge): void => openPickerOn(id);

function openNode(_: unknown, { id, type }: CanvasNode): void {
  if (type === "note") useCanvas.getState().set({ noteInHand: id });
}

/** Bring another scenario or run into sight, and all of one that is compared: its bar takes some of the room. */
function useFittingView(): void {
  const id = useWorkspace(({ open }) => open?.id);
  const run = useRun(({ document, run: shown }) => (document === null ? null : shown?.id));
  const flow = useCanvas((canvas) => canvas.flow);
  const isComparing = useCompare(({ version }) => version !== null);
  useEffect(showFirst, [id, run, flow]);
  useEffect(() => {
    if (isComparing) fit();
  }, [isComparing]);
}

/** Bring the node that another view points to into sight. */
function useFollowingFocus(): void {
  const { nodeId, isByCanvas, request } = useFocus();
  useEffect(() => {
    if (nodeId !== null && !isByCanvas) revealNode(nodeId);
  }, [nodeId, isByCanvas, request]);
}
