import { useEffect } from "react";
import {
  callIdsBeside,
  eventsBeside,
  numbersToCall,
  ownNumber,
  serversIn,
  type Suggestion,
} from "@/core/forms/suggest";
import { asText, textFrom } from "@/core/forms/values";
import { lookAtLibrary, useAudioLibrary } from "@/features/audio/library";
import { shownDocument } from "@/features/editor/shown";
import { Combo } from "@/ui/kit/Combo";
import { offerFor } from "./offers";
import type { Widget, WidgetProps } from "./widget";

/** A line of text that offers variables, and what its kind suggests. */
function textWidget(suggest: (props: WidgetProps) => readonly Suggestion[]): Widget {
  return function TextWidget(props: WidgetProps) {
    const { id, describedBy, field, value, isInvalid, isReadOnly, onChange } = props;
    return (
      <Combo
        id={id}
        aria-describedby={describedBy}
        value={asText(value)}
        placeholder={asText(field.fallback)}
        isInvalid={isInvalid}
        isReadOnly={isReadOnly}
        offer={offerFor(() => suggest(props))}
        onText={(text) => onChange(textFrom(text))}
      />
    );
  };
}

/** What counts without a word of the document, as one of the suggestions. */
const fallbackOf = ({ field }: WidgetProps): Suggestion[] => {
  const value = asText(field.fallback);
  return value === "" ? [] : [{ value, hint: "" }];
};

export const TextWidget = textWidget(() => []);
export const TargetWidget = textWidget(({ node }) => numbersToCall(shownDocument(), node));
export const NumberedWidget = textWidget(({ node }) => ownNumber(shownDocument(), node));
export const CallIdWidget = textWidget((props) => {
  const used = callIdsBeside(shownDocument(), props.node);
  return [...used, ...fallbackOf(props).filter(({ value }) => used.every((own) => own.value !== value))];
});
export const HostWidget = textWidget(fallbackOf);

const offered = (...values: string[]): Suggestion[] => values.map((value) => ({ value, hint: "" }));

const METHODS = offered("OPTIONS", "MESSAGE", "INFO", "SUBSCRIBE", "NOTIFY", "PUBLISH", "UPDATE", "REFER");
const STATUSES = offered("200", "2xx", "3xx", "4xx", "5xx", "6xx", "486", "486,6xx");

export const MethodWidget = textWidget(() => METHODS);
export const StatusPatternWidget = textWidget(() => STATUSES);
export const NodeWidget = textWidget(({ node }) => eventsBeside(shownDocument(), node));
const AudioText = textWidget(({ field }) => [
  ...useAudioLibrary.getState().files.map(({ name, durationMs }) => ({
    value: name,
    hint: `${(durationMs / 1000).toFixed(1)} s`,
  })),
  ...offered(...field.examples),
]);

/** Audio to play: it offers the files of the library and the built-in sounds. */
export function AudioWidget(props: WidgetProps) {
  useEffect(() => void lookAtLibrary(), []);
  return <AudioText {...props} />;
}

export const PbxWidget = textWidget(() => serversIn(shownDocument()));
