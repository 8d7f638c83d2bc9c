import * as z from "zod";
import type { Child } from "../system/child.ts";
import { device, type Subject } from "../system/system.ts";
import { usageOf } from "../system/usage.ts";

/** The methods of a peer whose child process serves `addDevice`, `pids`, `kill` and `restart`. */
export const peerSubject = (child: Child): Omit<Subject, "name" | "mqtt" | "ca"> => ({
  addDevice: async (name) => device.parse(await child.ask("addDevice", name)),
  usage: async () => usageOf([child.pid, ...z.array(z.number()).parse(await child.ask("pids"))]),
  kill: async () => void (await child.ask("kill")),
  restart: async () => void (await child.ask("restart")),
  stop: child.stop,
});
