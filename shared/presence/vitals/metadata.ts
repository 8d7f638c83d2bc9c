/** How a client converts and names the unit of a vital. */
interface Units {
  readonly title: string;
  readonly convert?: { readonly type: "division" | "multiplication"; readonly by: number };
}

/** When a vital is a warning. A ratio is that of the vital to another one of the same branch. */
type Ranges =
  | { readonly type: "below" | "above"; readonly warning: number }
  | {
      readonly type: "ratio_above";
      readonly ratio: number;
      readonly param1: string;
      readonly param2: string;
    };

/** What a vital means. */
export interface VitalMetadata {
  readonly title: string;
  readonly type: "number" | "string";
  /** The order in which a client shows vitals: the lowest first. */
  readonly priority: number;
  readonly units?: Units;
  readonly ranges?: Ranges;
  readonly values?: {
    readonly all: readonly string[];
    readonly healthy: readonly string[];
    readonly warning: readonly string[];
  };
  readonly messages: {
    readonly description: string;
    readonly healthy?: string;
    readonly warning?: string;
  };
  /** The vital that this one explains. */
  readonly describes?: string;
}

const counted = (title: string, priority: number, description: string): VitalMetadata => ({
  title,
  type: "number",
  priority,
  messages: { description },
});

const percent = { title: "%" };

const connection = (of: string, priority: number) =>
  ({
    status: {
      title: `${of} connection`,
      type: "string",
      priority,
      values: {
        all: ["connected", "connecting", "disconnected", "disconnecting"],
        healthy: ["connected"],
        warning: ["connecting", "disconnected", "disconnecting"],
      },
      messages: {
        description: `The state of the connection to the ${of.toLowerCase()}.`,
        healthy: "The device is connected.",
        warning: "The device was not connected when it measured this.",
      },
    },
    error: counted(
      `${of} connection error`,
      priority + 1,
      "The number of the last error of the connection; 0 without one.",
    ),
    attempts: counted(
      `${of} connection attempts`,
      priority + 2,
      "Attempts to connect since the last connection.",
    ),
    disconnects: {
      ...counted(
        `${of} disconnects`,
        priority + 3,
        `Lost connections to the ${of.toLowerCase()} since the start of the device.`,
      ),
      ranges: { type: "above", warning: 10 },
    },
    disconnect_reason: {
      ...counted(
        `${of} disconnect reason`,
        priority + 4,
        "Why the last connection ended, as a number of the firmware.",
      ),
      describes: "disconnects",
    },
  }) as const;

const level = (what: "strength" | "quality", priority: number, low: number): VitalMetadata => ({
  title: `Signal ${what}`,
  type: "number",
  priority,
  units: percent,
  ranges: { type: "below", warning: low },
  messages: {
    description: `The ${what} of the radio signal, as a part of the best one.`,
    healthy: "The signal is good enough.",
    warning: "The signal is weak: expect lost messages and reconnects.",
  },
});

/** The branches of the payload, with the metadata of each vital. */
interface MetadataBranch {
  readonly [name: string]: VitalMetadata | MetadataBranch;
}

/**
 * What the vitals of a device mean, in the structure of their payload. The same for all devices.
 */
export const vitalsMetadata = {
  device: {
    network: {
      cellular: {
        radio_access_technology: {
          title: "Radio access technology",
          type: "string",
          priority: 10,
          messages: { description: "The radio technology in use." },
        },
        operator: {
          title: "Operator",
          type: "string",
          priority: 11,
          messages: { description: "The operator of the cellular network." },
        },
      },
      signal: {
        strength: level("strength", 1, 20),
        quality: level("quality", 2, 20),
        strengthv: {
          ...counted("Measured strength", 3, "The strength in the unit of the radio."),
          describes: "strength",
        },
        qualityv: {
          ...counted("Measured quality", 4, "The quality in the unit of the radio."),
          describes: "quality",
        },
      },
      connection: connection("Network", 20),
    },
    cloud: {
      connection: connection("Cloud", 30),
      coap: {
        transmit: counted("Sent messages", 40, "Messages that the device has sent."),
        retransmit: {
          ...counted("Repeated messages", 41, "Messages that the device had to send again."),
          ranges: { type: "ratio_above", ratio: 0.1, param1: "retransmit", param2: "transmit" },
        },
        unack: counted("Unacknowledged messages", 42, "Messages without an acknowledgement."),
        round_trip: {
          title: "Round trip",
          type: "number",
          priority: 43,
          units: { title: "ms" },
          ranges: { type: "above", warning: 5_000 },
          messages: { description: "The time from a message to its acknowledgement." },
        },
      },
      publish: {
        rate_limited: {
          ...counted("Rate-limited events", 44, "Events that were not sent because of a limit."),
          ranges: { type: "above", warning: 0 },
        },
      },
    },
    power: {
      battery: {
        charge: {
          title: "Battery charge",
          type: "number",
          priority: 5,
          units: percent,
          ranges: { type: "below", warning: 20 },
          messages: {
            description: "The charge of the battery.",
            healthy: "The battery is charged.",
            warning: "The battery is almost empty.",
          },
        },
        state: {
          title: "Battery state",
          type: "string",
          priority: 6,
          values: {
            all: [
              "charging",
              "charged",
              "discharging",
              "not charging",
              "fault",
              "disconnected",
              "unknown",
            ],
            healthy: ["charging", "charged", "discharging"],
            warning: ["fault"],
          },
          messages: { description: "Whether the battery is being charged." },
          describes: "charge",
        },
      },
      source: {
        title: "Power source",
        type: "string",
        priority: 7,
        messages: { description: "What supplies the device with power." },
      },
    },
    system: {
      uptime: {
        title: "Uptime",
        type: "number",
        priority: 8,
        units: { title: "s" },
        messages: { description: "The time since the start of the device." },
      },
      memory: {
        used: {
          title: "Used memory",
          type: "number",
          priority: 9,
          units: { title: "kB", convert: { type: "division", by: 1_000 } },
          ranges: { type: "ratio_above", ratio: 0.9, param1: "used", param2: "total" },
          messages: {
            description: "The memory in use.",
            healthy: "There is enough free memory.",
            warning: "The memory is almost full.",
          },
        },
        total: {
          title: "Total memory",
          type: "number",
          priority: 9,
          units: { title: "kB", convert: { type: "division", by: 1_000 } },
          messages: { description: "The memory of the device." },
          describes: "used",
        },
      },
    },
  },
  service: {
    device: {
      status: {
        title: "Device status",
        type: "string",
        priority: 50,
        messages: { description: "The state of the device in the cloud." },
      },
    },
    cloud: {
      uptime: {
        title: "Connected",
        type: "number",
        priority: 51,
        units: { title: "s" },
        messages: { description: "The time since the device connected to the cloud." },
      },
      publish: {
        sent: counted("Published events", 52, "Events that the cloud has received."),
      },
    },
    coap: {
      round_trip: {
        title: "Round trip",
        type: "number",
        priority: 53,
        units: { title: "ms" },
        messages: { description: "The time from a message of the cloud to its acknowledgement." },
      },
    },
  },
} as const satisfies MetadataBranch;
