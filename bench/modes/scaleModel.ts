import { requirementsOf } from "../../preflight/requirements.ts";
import { idleResources } from "../cost/estimate/idleResources.ts";
import { synthesizeTemplates } from "../cost/estimate/templates.ts";
import { scaleModelSections } from "../report/scaleModelSections.ts";
import { scaleModel as calculate } from "../scale/scaleModel.ts";
import type { Mode } from "./mode.ts";

/** Calculates what a number of devices needs on AWS. Starts nothing. */
export const scaleModel: Mode = async ({ population }, log) => {
  log("synthesizing the templates");
  const { stacks } = await synthesizeTemplates(1, "standard");
  log(`calculating ${population.toLocaleString("en-US")} devices`);
  const [requirements] = requirementsOf(stacks);
  if (requirements === undefined) throw new Error("the templates have no region");
  const model = await calculate(population, { ...requirements, idle: idleResources(stacks) });
  return { data: { scaleModel: model }, sections: scaleModelSections(model) };
};
