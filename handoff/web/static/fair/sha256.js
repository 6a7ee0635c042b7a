// SHA-256 in plain numbers. The browser's own needs a promise for every try, which costs many times the digest itself.
// No module, so that also workers of 2018 can load it: what it makes is `self.tsunagiWork`.

(function () {
  const FIRST = new Uint32Array([
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
  ]);
  /** The first 32 bits of the fractions of the cube roots of the first 64 primes (FIPS 180-4). */
  const ROUNDS = new Uint32Array([
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
  ]);
  const BLOCK = 64;
  const words = new Int32Array(64);

  /** Mix one block of 64 bytes into the state. */
  function mix(state, bytes, from) {
    for (let at = 0; at < 16; at += 1) {
      const i = from + 4 * at;
      words[at] = (bytes[i] << 24) | (bytes[i + 1] << 16) | (bytes[i + 2] << 8) | bytes[i + 3];
    }
    for (let at = 16; at < 64; at += 1) {
      const x = words[at - 15];
      const y = words[at - 2];
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      words[at] = (words[at - 16] + s0 + words[at - 7] + s1) | 0;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let at = 0; at < 64; at += 1) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const one = (h + s1 + ((e & f) ^ (~e & g)) + ROUNDS[at] + words[at]) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + one) | 0;
      d = c;
      c = b;
      b = a;
      a = (one + two) | 0;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
  }

  /** Digests of texts that begin alike: what they share is mixed once. ASCII only. Gives a state of eight numbers. */
  function digests(prefix) {
    const whole = prefix.length - (prefix.length % BLOCK);
    const shared = FIRST.slice();
    const bytes = Uint8Array.from(prefix, (letter) => letter.charCodeAt(0));
    for (let from = 0; from < whole; from += BLOCK) mix(shared, bytes, from);
    const rest = bytes.slice(whole);
    const tail = new Uint8Array(2 * BLOCK);
    const state = new Uint32Array(8);
    return (suffix) => {
      const end = rest.length + suffix.length;
      const size = end + 9 > BLOCK ? 2 * BLOCK : BLOCK;
      tail.fill(0);
      tail.set(rest);
      for (let at = 0; at < suffix.length; at += 1) tail[rest.length + at] = suffix.charCodeAt(at);
      tail[end] = 0x80;
      new DataView(tail.buffer).setUint32(size - 4, 8 * (whole + end));
      state.set(shared);
      mix(state, tail, 0);
      if (size > BLOCK) mix(state, tail, BLOCK);
      return state;
    };
  }

  /** How many bits are zero before the first that isn't. */
  function zeroBits(state) {
    let bits = 0;
    for (const word of state) {
      bits += Math.clz32(word);
      if (word) break;
    }
    return bits;
  }

  /** `from(first, most)` tries so many numbers from the first on, and gives the one that solves a challenge, or null. */
  function search(challenge, bits) {
    const digest = digests(challenge);
    return (first, most) => {
      for (let tries = first; tries < first + most; tries += 1) {
        const nonce = String(tries);
        if (zeroBits(digest(nonce)) >= bits) return nonce;
      }
      return null;
    };
  }

  self.tsunagiWork = { digests, zeroBits, search };
})();
