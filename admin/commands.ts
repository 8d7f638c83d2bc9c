import type { Command } from "./command.ts";
import { addDevice } from "./commands/addDevice.ts";
import { addProduct } from "./commands/addProduct.ts";
import { addToken } from "./commands/addToken.ts";
import { addUser } from "./commands/addUser.ts";
import { listAudit } from "./commands/audit.ts";
import {
  addClaimCertificate,
  alignClaimCertificates,
  endClaimCertificate,
  listClaimCertificates,
} from "./commands/claimCertificates.ts";
import {
  disableDevice,
  enableDevice,
  listDevices,
  removeDevice,
  revokeDevice,
  rotateDevice,
} from "./commands/devices.ts";
import { disableSecondFactor } from "./commands/disableSecondFactor.ts";
import { fillRegion } from "./commands/fillRegion.ts";
import {
  listIncidents,
  listNotices,
  mergeIncident,
  openIncident,
  replayNotices,
  resolveIncident,
  scheduleMaintenance,
  showIncident,
  updateIncident,
  writePostmortem,
} from "./commands/incidents.ts";
import { linkSession } from "./commands/linkSession.ts";
import { listProducts } from "./commands/listProducts.ts";
import { provisionFile } from "./commands/provisionFile.ts";
import { reconnectDevices } from "./commands/reconnectDevices.ts";
import { removeProduct } from "./commands/removeProduct.ts";
import { listTokens, revokeTokens } from "./commands/tokens.ts";
import { disableUser, enableUser, listUsers, removeUser } from "./commands/users.ts";

/** All commands. */
export const commands: readonly Command[] = [
  addUser,
  disableSecondFactor,
  listUsers,
  disableUser,
  enableUser,
  removeUser,
  addToken,
  linkSession,
  listTokens,
  revokeTokens,
  addProduct,
  listProducts,
  removeProduct,
  addDevice,
  provisionFile,
  listDevices,
  disableDevice,
  enableDevice,
  revokeDevice,
  rotateDevice,
  removeDevice,
  addClaimCertificate,
  listClaimCertificates,
  endClaimCertificate,
  alignClaimCertificates,
  fillRegion,
  reconnectDevices,
  openIncident,
  listIncidents,
  showIncident,
  updateIncident,
  resolveIncident,
  mergeIncident,
  writePostmortem,
  scheduleMaintenance,
  listNotices,
  replayNotices,
  listAudit,
];
