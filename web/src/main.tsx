import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { answerFrom } from "@/api/client";
import { readEmbedded } from "@/api/embedded";
import { useRun } from "@/features/run/store";
import { startLanguage } from "@/ui/i18n";
import { App } from "@/ui/shell/App";
import { RunPage } from "@/ui/shell/RunPage";
import "@/ui/styles.css";

const root = document.getElementById("root");
if (root === null) throw new Error("the page has no element with id root");

// A downloaded run answers for itself; everything else is the same view.
const embedded = readEmbedded((name) =>
  [...document.querySelectorAll(`script[data-sipflow="${name}"]`)].map(({ textContent }) => textContent),
);
if (embedded !== null) {
  answerFrom(embedded);
  useRun.setState({ isAlone: true });
}
await startLanguage();
createRoot(root).render(
  <StrictMode>{embedded === null ? <App /> : <RunPage run={embedded.run} />}</StrictMode>,
);
