// The list of scenarios. A scenario is a function of a Recorder and says which client methods it proves.

export const scenarios = new Map();

export function scenario(name, covers, body) {
  if (scenarios.has(name)) {
    throw new Error(`two scenarios are called ${name}`);
  }
  scenarios.set(name, { name, covers, body });
}
