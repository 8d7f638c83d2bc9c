import { dynamoAccounts } from "#shared/aws/accounts.ts";
import { dynamoCertificates } from "#shared/aws/certificateStore.ts";
import { dynamoClaimCertificates } from "#shared/aws/claimCertificates.ts";
import { dynamoDeviceNames } from "#shared/aws/deviceNames.ts";
import { dynamoDevices } from "#shared/aws/devices.ts";
import { openTables } from "#shared/aws/tables.ts";
import { admitByClaim, claimRequest } from "#shared/device/admitByClaim.ts";
import { env } from "#shared/env.ts";
import { Failure } from "#shared/failure.ts";
import { readInput } from "#shared/readInput.ts";
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
  regions: names.REGIONS,
  now: Date.now,
  onSetback: (what: string, error: unknown) => logger.warn(what, { error }),
};

/** The pre-provisioning hook: IoT Core asks it before a device with a claim certificate is provisioned. */
export const handler = async (event: unknown): Promise<object> => {
  try {
    const { id, fleet } = await admitByClaim(readInput(claimRequest, event), deps);
    return { allowProvisioning: true, parameterOverrides: { DeviceId: id, Fleet: fleet } };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    logger.warn("a device was not provisioned", { error });
    return { allowProvisioning: false };
  }
};
