/** A resource of a deleted stack that CloudFormation has retained. */
export interface LeftResource {
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId: string;
}

/** Messages of a queue or waiting deliveries of a region. */
export interface LeftWork {
  readonly name: string;
  /** The number of messages; absent if it was not counted. */
  readonly messages?: number;
}

/** The AWS account, as far as a change of regions reads it. */
export interface Cloud {
  /** Whether a stack exists and was created completely. */
  hasStack(region: string, name: string): Promise<boolean>;
  /** Whether the global tables have a replica in a region, according to the state region. */
  hasReplica(stateRegion: string, region: string): Promise<boolean>;
  /** The retained resources of the latest deleted stack of a name that has any. */
  leftovers(region: string, stack: string): Promise<readonly LeftResource[]>;
  /** The number of devices that are connected to a region, up to `connectedDevicesMax`. */
  connectedDevices(region: string): Promise<number>;
  /** The queues with messages, and waiting deliveries, of a region's stack. */
  leftWork(region: string, stack: string): Promise<readonly LeftWork[]>;
}

/** The count of connected devices ends here. */
export const connectedDevicesMax = 1_000;
