import type { Hello } from "../presence/session.ts";
import type { UpdateHello } from "./model/observe.ts";

/** The part of a stored hello that concerns releases. */
export const updateHelloOf = (hello: Hello | undefined): UpdateHello | undefined => hello;
