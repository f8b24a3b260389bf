// What axe.py asks of a page, beside axe-core itself.
globalThis.look = (() => {
  const QUIET = { preload: false, elementRef: true };
  const CONTROL = "input, select, textarea, button";
  const DISABLED = ":disabled, [aria-disabled=true]";
  const OTHERWISE_ELSEWHERE = ["elmPartiallyObscured", "elmPartiallyObscuring", "bgOverlap"];

  // `rule: element — what axe says`, for each violation.
  const told = (violations) =>
    violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) =>
        `${id}: ${target} — ${failureSummary.replace(/\s+/g, " ")}`));

  // Every rule that is asked for, and whether one would have to scroll sideways.
  const atAll = async (options) => {
    const { violations } = await axe.run(document, options);
    const beyond = document.scrollingElement.scrollWidth - window.innerWidth;
    return [...told(violations), ...(beyond > 0 ? [`${beyond} px beyond the edge`] : [])];
  };

  // What an element puts behind its text or in front of its parent's; nothing, most of the time.
  const layer = (style) => {
    const plain = ["transparent", "rgba(0, 0, 0, 0)"].includes(style.backgroundColor);
    const said = [
      plain ? "" : style.backgroundColor,
      style.backgroundImage === "none" ? "" : style.backgroundImage,
      style.opacity === "1" ? "" : style.opacity,
      style.position === "static" ? "" : `${style.position} ${style.zIndex}`,
      style.filter === "none" ? "" : style.filter,
      style.mixBlendMode === "normal" ? "" : style.mixBlendMode,
    ];
    return said.join("") && said.join("|");
  };

  const hash = (words) => {
    let high = 0xdeadbeef, low = 0x41c6ce57;
    for (let i = 0; i < words.length; i++) {
      high = Math.imul(high ^ words.charCodeAt(i), 2654435761);
      low = Math.imul(low ^ words.charCodeAt(i), 1597334677);
    }
    return (high >>> 0).toString(36) + (low >>> 0).toString(36);
  };

  // What leaves axe without an opinion: a control, a label of a disabled one, a single character.
  const kind = (element) => [
    element.matches(CONTROL) && element.tagName + element.type,
    Boolean(element.closest(DISABLED) || element.closest("label")?.control?.matches(DISABLED)),
    element.textContent.trim().length < 2,
  ];

  // One word for all that decides whether the text of an element can be read.
  const signer = () => {
    const layers = new Map([[null, ""]]);
    const behind = (element) => {
      if (!layers.has(element)) {
        const own = layer(getComputedStyle(element));
        layers.set(element, behind(element.parentElement) + (own && `>${own}`));
      }
      return layers.get(element);
    };
    return (element) => {
      const style = getComputedStyle(element);
      const link = element.closest("a"), around = link && getComputedStyle(link.parentElement);
      return hash([
        ...kind(element), behind(element), style.color, style.fontSize, style.fontWeight,
        style.textShadow, style.webkitTextFillColor, style.webkitTextStroke,
        around && [style.textDecorationLine, around.color, around.fontWeight],
      ].join(";"));
    };
  };

  const says = (element) =>
    element.matches(CONTROL)
    || [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && /\S/.test(node.data));

  const isSeen = (element) => element.offsetWidth > 1 && element.checkVisibility();

  // One element for each signature that is not in `known`.
  const strangersAmong = (elements, known) => {
    const sign = signer(), met = new Set(known), strangers = new Map();
    for (const element of elements) {
      const signature = isSeen(element) && says(element) && sign(element);
      if (signature && !met.has(signature)) strangers.set(element, signature);
      met.add(signature);
    }
    return strangers;
  };

  // Faulty here, or hidden behind something else here: to be looked at again wherever it stands.
  const isOpen = ({ any }) => any.some(({ data }) => OTHERWISE_ELSEWHERE.includes(data?.messageKey));

  // The colours of the text that shows, but for the signatures in `known`; `judged` are new ones.
  const atColours = async (rules, known) => {
    const strangers = strangersAmong(document.body.querySelectorAll("*"), known.split(" "));
    if (!strangers.size) return { faint: [], judged: [] };
    const options = { ...QUIET, runOnly: rules, resultTypes: ["violations", "incomplete"] };
    const found = await axe.run({ include: [...strangers.keys()] }, options);
    const open = [...found.violations, ...found.incomplete.map(
      (rule) => ({ ...rule, nodes: rule.nodes.filter(isOpen) }))];
    const again = new Set(open.flatMap(
      ({ nodes }) => nodes.map(({ element }) => strangers.get(element))));
    const judged = [...strangers.values()].filter((signature) => !again.has(signature));
    return { faint: told(found.violations), judged };
  };

  const at = async ([options, colours, known]) => ({
    faults: options ? await atAll(options) : [],
    ...(await atColours(colours, known)),
  });

  return { at };
})();
