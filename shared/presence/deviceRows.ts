import type { Device } from "../device/device.ts";
import type { CertificateRecord } from "../device/registry/certificate.ts";
import type { ReceivedEvent } from "../event/deviceEvent.ts";
import { asError } from "../platform/asError.ts";
import {
  connectedDevice,
  helloDevice,
  presenceDevice,
  reconcileDevice,
} from "../platform/topic.ts";
import type { Session } from "./session.ts";

/** The rows of a device that messages about its presence and its identity depend on. */
export interface DeviceRows {
  readonly device?: Device;
  /** The session of this region. */
  readonly session?: Session;
  /** Read only on request. */
  readonly certificates?: CertificateRecord;
}

export interface DeviceRowsRequest {
  readonly id: string;
  readonly withCertificates: boolean;
}

export interface DeviceRowsReader {
  /**
   * Reads the rows of several devices in one call, by device id. Strongly consistent. The value is
   * an `Error` for a device with a malformed row.
   */
  read(requests: readonly DeviceRowsRequest[]): Promise<ReadonlyMap<string, DeviceRows | Error>>;
}

/** The device that a message about presence is about; `undefined` for another message. */
export const presenceMessageDevice = ({
  topic,
}: Pick<ReceivedEvent, "topic">): string | undefined =>
  helloDevice(topic) ?? presenceDevice(topic) ?? reconcileDevice(topic);

/**
 * Reads the rows of the devices that a batch of messages is about, in one call for the batch: a
 * presence event would cost three. Never fails: if the read fails, each device has the error.
 */
export const readDeviceRows = async (
  received: readonly Pick<ReceivedEvent, "topic">[],
  reader: DeviceRowsReader,
): Promise<ReadonlyMap<string, DeviceRows | Error>> => {
  const requests = new Map<string, DeviceRowsRequest>();
  for (const { topic } of received) {
    const id = presenceMessageDevice({ topic });
    if (id === undefined) continue;
    // Only a connect shows which certificate the device uses.
    const isConnect = connectedDevice(topic) !== undefined;
    const withCertificates = isConnect || requests.get(id)?.withCertificates === true;
    requests.set(id, { id, withCertificates });
  }
  return readAll([...requests.values()], reader);
};

/** The same for devices by id, without their certificates. */
export const readRowsOf = (
  ids: readonly string[],
  reader: DeviceRowsReader,
): Promise<ReadonlyMap<string, DeviceRows | Error>> => {
  const requests = [...new Set(ids)].map((id) => ({ id, withCertificates: false }));
  return readAll(requests, reader);
};

const readAll = async (
  requests: readonly DeviceRowsRequest[],
  reader: DeviceRowsReader,
): Promise<ReadonlyMap<string, DeviceRows | Error>> => {
  if (requests.length === 0) return new Map();
  try {
    return await reader.read(requests);
  } catch (error) {
    return new Map(requests.map(({ id }) => [id, asError(error)]));
  }
};
