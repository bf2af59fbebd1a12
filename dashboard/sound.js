// @ts-check
// The sound of a new message.

const TONES = [
  { pitch: 659, delay: 0 },
  { pitch: 880, delay: 0.12 },
];

export class Sound {
  #audio = /** @type {any} */ (null);

  get ready() {
    return this.#audio?.state === 'running';
  }

  /** Browsers let a page sound only after a gesture: this is called in one. */
  async wake() {
    try {
      await (this.#audio ??= new AudioContext()).resume();
    } catch {
      // No audio here.
    }
  }

  /** Plays now or not at all: a sound that could not be played is not played later. */
  ring() {
    if (!this.ready) return;
    for (const { pitch, delay } of TONES) {
      const start = this.#audio.currentTime + delay;
      const tone = this.#audio.createOscillator();
      const gain = this.#audio.createGain();
      tone.frequency.value = pitch;
      gain.gain.setValueAtTime(0, start);
      gain.gain.linearRampToValueAtTime(0.12, start + 0.01);
      gain.gain.exponentialRampToValueAtTime(0.001, start + 0.4);
      tone.connect(gain).connect(this.#audio.destination);
      tone.start(start);
      tone.stop(start + 0.45);
    }
  }
}
