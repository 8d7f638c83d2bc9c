import { dynamoAccounts } from "#shared/aws/account/accounts.ts";
import { dynamoCertificates } from "#shared/aws/device/certificateStore.ts";
import { dynamoClaimCertificates } from "#shared/aws/device/claimCertificates.ts";
import { dynamoDeviceNames } from "#shared/aws/device/deviceNames.ts";
import { dynamoDevices } from "#shared/aws/device/devices.ts";
import { openTables } from "#shared/aws/platform/clients.ts";
import { admitByClaim, claimRequest } from "#shared/device/provision/admitByClaim.ts";
import { readInput } from "#shared/input/readInput.ts";
import { env } from "#shared/platform/env.ts";
import { Failure } from "#shared/platform/failure.ts";
import { openAuditLog } from "./edge/globals.ts";
import { logger } from "./edge/logger.ts";

const names = env.admit.parse(process.env);
const tables = openTables();
const deps = {
  accounts: dynamoAccounts(tables, names.ACCOUNTS_TABLE),
  claims: dynamoClaimCertificates(tables, names.DEVICES_TABLE, names.AWS_REGION),
  devices: dynamoDevices(tables, names.DEVICES_TABLE),
  deviceNames: dynamoDeviceNames(tables, names.DEVICES_TABLE),
  certificates: dynamoCertificates(tables, names.DEVICES_TABLE, names.AWS_REGION),
  certificateDays: names.CERTIFICATE_DAYS,
  audit: openAuditLog(names, names.AUDIT_TABLE),
  regions: names.REGIONS,
  now: Date.now,
  onError: (what: string, error: unknown) => logger.warn(what, { error }),
};

/**
 * The pre-provisioning hook: IoT Core invokes it before it provisions a device with a claim
 * certificate.
 */
export const handler = async (event: unknown): Promise<object> => {
  try {
    const { id, fleet } = await admitByClaim(readInput(claimRequest, event), deps);
    return { allowProvisioning: true, parameterOverrides: { DeviceId: id, Fleet: fleet } };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    logger.warn("a claim was refused", { error });
    return { allowProvisioning: false };
  }
};
