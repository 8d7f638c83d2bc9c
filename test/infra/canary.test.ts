import { expect, it } from "vitest";
import { template } from "../../local/template/template.ts";
import { withoutCanary } from "../../local/template/withoutCanary.ts";
import { synthesisMsMax } from "./lifecycle/deployments.ts";
import { app, templateOf } from "./synthesized.ts";

const name = "Godwit-Operations-us-east-1";
const withCanary = templateOf(app(), name);

it("one machine leaves out what a deployment without the canary does not have", {
  timeout: synthesisMsMax,
}, () => {
  const deployed = templateOf(app({ canary: false }), name);
  const stack = { name, region: "us-east-1", template: template.parse(withCanary) };
  const [left] = withoutCanary([stack]);
  const ids = (resources: object = {}) => Object.keys(resources).sort();
  expect(ids(left?.template.Resources)).toEqual(ids(deployed.Resources));
  const removed = ids(withCanary.Resources).filter((id) => !(id in deployed.Resources));
  expect(removed).not.toEqual([]);
  // No resource that is left refers to one that is not.
  const text = JSON.stringify(left?.template.Resources);
  expect(removed.filter((id) => text.includes(`"${id}"`))).toEqual([]);
});

it("a region that is closed for devices has no canary, whose device it would refuse", {
  timeout: synthesisMsMax,
}, () => {
  const [open, closed] = ["us-east-1", "eu-west-1"];
  const made = app({ regions: [open, closed], closedRegions: [closed] });
  const canaryIn = (region: string) =>
    Object.keys(templateOf(made, `Godwit-Operations-${region}`).Resources).filter((id) =>
      id.startsWith("Canary"),
    );
  expect(canaryIn(open)).not.toEqual([]);
  expect(canaryIn(closed)).toEqual([]);
});

it("with a batching window, the canary does not check what may wait for 20 seconds", {
  timeout: synthesisMsMax,
}, () => {
  const checksOf = (batchSeconds: number) =>
    Object.values(templateOf(app({ batchSeconds }), name).Resources).flatMap(({ Properties }) => {
      const { CHECKS } = Properties.Environment?.Variables ?? {};
      return CHECKS === undefined ? [] : [CHECKS];
    });
  expect(checksOf(0)).toEqual(["connect,event,webhook,function,variable,stream,api,update"]);
  expect(checksOf(1)).toEqual(["connect,function,variable,stream,api"]);
});
