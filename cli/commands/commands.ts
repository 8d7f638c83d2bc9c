import type { Command } from "../line/command.ts";
import { completion } from "./completion.ts";
import { deadLetterCommands } from "./deadLetters.ts";
import { deviceCommands } from "./devices.ts";
import { eventCommands } from "./events.ts";
import { firmwareCommands } from "./firmware.ts";
import { groupCommands } from "./groups.ts";
import { integrationCommands } from "./integrations.ts";
import { listen } from "./listen.ts";
import { login } from "./login.ts";
import { logout } from "./logout.ts";
import { productCommands } from "./products.ts";
import { publish } from "./publish.ts";
import { releaseCommands } from "./releases/releases.ts";
import { status } from "./status.ts";
import { usage } from "./usage.ts";
import { usageLimitCommands } from "./usageLimits.ts";

const others: readonly Command[] = [
  login,
  logout,
  ...deviceCommands,
  ...eventCommands,
  publish,
  listen,
  ...integrationCommands,
  ...deadLetterCommands,
  ...productCommands,
  ...firmwareCommands,
  ...releaseCommands,
  ...groupCommands,
  usage,
  ...usageLimitCommands,
  status,
];

/** All commands of `godwit`, in the order of the help. */
export const commands: readonly Command[] = [...others, completion(others)];
