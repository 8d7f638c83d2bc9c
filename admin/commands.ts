import type { Command } from "./command.ts";
import { addDevice } from "./commands/addDevice.ts";
import { addProduct } from "./commands/addProduct.ts";
import { addToken } from "./commands/addToken.ts";
import { addUser } from "./commands/addUser.ts";
import { disableSecondFactor } from "./commands/disableSecondFactor.ts";
import { fillRegion } from "./commands/fillRegion.ts";
import { reconnectDevices } from "./commands/reconnectDevices.ts";

/** Every command. A new one is a file and a line here. */
export const commands: readonly Command[] = [
  addUser,
  disableSecondFactor,
  addToken,
  addProduct,
  addDevice,
  fillRegion,
  reconnectDevices,
];
