import i18next from "i18next";
import { beforeAll, describe, expect, it } from "vitest";
import { ApiError } from "@/api/client";
import { resources } from "@/locales";
import { Refusal, whatHappened } from "./words";

const ANSWERED = [
  "already-running",
  "conflict",
  "forbidden",
  "internal",
  "invalid",
  "not-allowed",
  "not-found",
  "not-running",
  "not-startable",
  "offline",
  "storage",
  "too-large",
  "unauthorised",
];

describe("what people read of an error", () => {
  beforeAll(() => i18next.init({ resources, lng: "ko", fallbackLng: "en" }));

  it.each(ANSWERED)("is Korean for %s", (code) => {
    expect(whatHappened(new ApiError(409, code, "in English"))).toMatch(/[가-힣]/);
  });

  it("is the server's text for a code that nobody has words for", () => {
    expect(whatHappened(new ApiError(418, "teapot", "short and stout"))).toBe("short and stout");
  });

  it("names the first finding where a document is not valid", () => {
    const error = new ApiError(422, "invalid", "in English", { findings: [{ message: "값이 없습니다" }] });
    expect(whatHappened(error)).toContain("값이 없습니다");
    expect(whatHappened(error)).not.toContain("in English");
  });

  it("is what a defect says of itself", () => {
    expect(whatHappened(new Error("odd"))).toBe("Error: odd");
  });

  it("is what the page says of what it refuses", () => {
    expect(whatHappened(new Refusal("너무 큽니다"))).toBe("너무 큽니다");
  });
});
