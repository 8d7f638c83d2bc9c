import { isObject, parseObject } from "../platform/json.ts";
import type { RevertedImage, SlotImage } from "./slots.ts";

/** One of the two slots. */
export type SlotName = "a" | "b";

/** What boots next. The start program and the update handler write it, never at the same time. */
export interface BootRecord {
  /** The slot that boots if no trial is pending. */
  readonly active: SlotName;
  /** The slot that the start program has started last. */
  readonly booted: SlotName;
  /** The complete images. */
  readonly images: { readonly a?: SlotImage | undefined; readonly b?: SlotImage | undefined };
  /** The slot that boots on trial. */
  readonly trial?: Trial | undefined;
  readonly reverted?: RevertedImage | undefined;
}

interface Trial {
  readonly slot: SlotName;
  /** Starts so far. */
  readonly boots: number;
  /** The update handler has started in it. */
  readonly hasStarted: boolean;
}

/** The record of slots into which nothing was installed. */
export const emptyBootRecord: BootRecord = { active: "a", booted: "a", images: {} };

/** The slot that is not the given one. */
export const otherSlot = (slot: SlotName): SlotName => (slot === "a" ? "b" : "a");

/** Reads the text of a record. Returns `undefined` if it is malformed. */
export const parseBootRecord = (text: string): BootRecord | undefined => {
  const { active, booted, images, trial, reverted } = parseObject(text) ?? {};
  if (!isSlot(active) || !isSlot(booted) || !isObject(images)) return undefined;
  return {
    active,
    booted,
    images: { a: parseImage(images.a), b: parseImage(images.b) },
    trial: parseTrial(trial),
    reverted: parseReverted(reverted),
  };
};

const isSlot = (value: unknown): value is SlotName => value === "a" || value === "b";

const parseImage = (value: unknown): SlotImage | undefined => {
  if (!isObject(value)) return undefined;
  const { size, sha256, version, sequence } = value;
  if (typeof size !== "number" || typeof version !== "number") return undefined;
  if (typeof sequence !== "number" || typeof sha256 !== "string") return undefined;
  return { size, sha256, version, sequence };
};

const parseTrial = (value: unknown): Trial | undefined => {
  if (!isObject(value) || !isSlot(value.slot) || typeof value.boots !== "number") return undefined;
  return { slot: value.slot, boots: value.boots, hasStarted: value.hasStarted === true };
};

const parseReverted = (value: unknown): RevertedImage | undefined => {
  if (!isObject(value) || typeof value.sha256 !== "string") return undefined;
  const { sha256, reason, hasStarted } = value;
  return {
    sha256,
    ...(typeof reason === "string" && { reason }),
    hasStarted: hasStarted === true,
  };
};
