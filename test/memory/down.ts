/** A port whose table is down: whatever is asked of it fails. */
export const down = <Port extends object>(port: Port): Port =>
  new Proxy(port, { get: () => () => Promise.reject(new Error("the database is down")) });
