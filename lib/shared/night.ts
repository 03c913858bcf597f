/** A time of day. */
export interface TimeOfDay {
  readonly hour: string;
  readonly minute: string;
}

/** A window of time, every day, by the clocks of a time zone. */
export interface NightWindow {
  readonly from: TimeOfDay;
  readonly to: TimeOfDay;
  /** A name of the IANA time zone database, such as `Asia/Seoul`. */
  readonly timeZone: string;
}
