import { expect, it } from "vitest";
import { stopAll, stopLater } from "../../../bench/system/cleanup.ts";

it("stops everything that still runs once, the newest first, whatever fails", async () => {
  const stopped: string[] = [];
  const start = (name: string, fails = false) =>
    stopLater(async () => {
      stopped.push(name);
      if (fails) throw new Error("stop failed");
    });
  start("target");
  const stopCloud = start("cloud");
  start("peer", true);
  start("publishers");

  await stopCloud();
  await stopCloud();
  await stopAll();
  await stopAll();

  expect(stopped).toEqual(["cloud", "publishers", "peer", "target"]);
});
