// Looking together, without DOM or socket: who leads, who follows, who looks around alone, and what is told when. Messages are small JSON objects.
//   to the room: {view: {stop, pose, explode}} at most four a second, {tour: {index, at, state, speed}}
//   from it: {hello: {code, role, count}}, {count}, {view}, {tour}, {gone: true}, {refused: string}

export const LEAD = "lead";
export const PAIR = "pair";
export const FOLLOW = "follow";
const EVERY = 0.25; // seconds between two views told

/** Short numbers: a pose needs no more. */
export function rounded(pose) {
  return Object.fromEntries(Object.entries(pose).map(([name, value]) => [name, Math.round(value * 1000) / 1000]));
}

export class Company {
  /** @param {{send: (message: object) => void, follow: (view: object) => void, join: (tour: object) => void, changed: (company: Company) => void, now?: () => number}} tell */
  constructor({ send, follow, join, changed, now = () => performance.now() / 1000 }) {
    Object.assign(this, { send, follow, join, changed, now, code: "", role: "", count: 0, roaming: false, gone: false, told: -Infinity, last: null, waiting: null });
  }

  /** Whether this visitor's moves are told to others. */
  get leads() {
    return this.role === LEAD || this.role === PAIR;
  }

  /** A message from the room. What is not understood is passed over. */
  hear(message) {
    if (message.hello) Object.assign(this, { code: message.hello.code, role: message.hello.role, count: message.hello.count, gone: false });
    else if (Number.isInteger(message.count)) this.count = message.count;
    else if (message.gone) this.gone = true;
    else if (message.view || message.tour) return this.#obey(message);
    this.changed(this);
  }

  /** This visitor moved by hand: who follows looks around alone from now on, who leads tells it. */
  moved(view) {
    if (this.obeying) return;
    if (this.role === FOLLOW && !this.gone && !this.roaming) {
      this.roaming = true;
      this.changed(this);
    }
    if (this.leads) this.#tell({ view: { ...view, pose: rounded(view.pose) } });
  }

  /** The tour was moved here. */
  toured(place) {
    if (this.leads && !this.obeying) this.send({ tour: place });
  }

  /** Back to the others, where they are now. */
  comeBack() {
    this.roaming = false;
    if (this.last) this.#do(() => this.follow(this.last));
    this.changed(this);
  }

  /** Tell what was held back; called now and then. */
  flush() {
    if (!this.waiting || this.now() - this.told < EVERY) return;
    this.told = this.now();
    this.send(this.waiting);
    this.waiting = null;
  }

  #tell(message) {
    this.waiting = message;
    this.flush();
  }

  #obey({ view, tour }) {
    if (view) this.last = view;
    if (this.role === LEAD || this.roaming) return;
    this.#do(() => (view ? this.follow(view) : this.join(tour)));
  }

  #do(act) {
    this.obeying = true;
    try {
      act();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error; // a place that this tour does not have
    } finally {
      this.obeying = false;
    }
  }
}
