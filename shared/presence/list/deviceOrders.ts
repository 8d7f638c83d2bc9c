/** The devices of a list in the order of its first page. */
export interface DeviceOrder {
  readonly fleet: string;
  /** Random. */
  readonly id: string;
  /** Device ids, at most `productDevicesReadMax`. */
  readonly devices: readonly string[];
  /** In milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Orders of lists, stored for their further pages. Each region has its own. */
export interface DeviceOrders {
  put(order: DeviceOrder): Promise<void>;
  /** The ids; `undefined` if there is no such order of the fleet, or if it has expired. */
  find(fleet: string, id: string): Promise<readonly string[] | undefined>;
}
