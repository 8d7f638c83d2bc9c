import { measureCalls } from "../latency/calls.ts";
import { callSections } from "../report/costSections.ts";
import { type Mode, startSystems } from "./mode.ts";

/** Latency and cost of function calls, beside a request and response over a bare broker. */
export const calls: Mode = async (options, log) => {
  const { cloud, all } = await startSystems({ ...options, peer: undefined }, [], log);
  const [, baseline] = all;
  if (baseline === undefined) throw new Error("there is no reference");
  log("calls");
  const measured = await measureCalls(cloud, baseline, options);
  return { data: { calls: measured }, sections: callSections(measured) };
};
