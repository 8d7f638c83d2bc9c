/** Requires 50 devices at IoT Core's quota of 100 publishes per second and connection. */
export const rateMax = 5_000;
