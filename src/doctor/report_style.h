/* SPDX-License-Identifier: Apache-2.0
 *
 * How the HTML report looks. Every state is said in words and marked with a sign besides its
 * colour; the colours reach the contrast of WCAG 2.1 level AA in both schemes.
 */
#pragma once

#define REPORT_STYLE                                                                               \
    ":root{color-scheme:light dark;--ground:#fff;--ink:#1c2126;--faint:#57606a;--line:#d0d7de;"    \
    "--card:#f6f8fa;--good:#1a6b33;--bad:#b3261e;--doubt:#805400;--bad-ground:#fdf0ef}"            \
    "@media(prefers-color-scheme:dark){:root{--ground:#14181d;--ink:#e3e8ee;--faint:#9aa5b1;"      \
    "--line:#363e48;--card:#1d232a;--good:#63c482;--bad:#ff8f85;--doubt:#e0b252;"                  \
    "--bad-ground:#2c1b1b}}"                                                                       \
    "*{box-sizing:border-box}"                                                                     \
    "body{margin:0;background:var(--ground);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}"  \
    "main{max-width:56rem;margin:0 auto;padding:1.5rem 1rem 3rem}"                                 \
    "h1{font-size:1.35rem;margin:0 0 .25rem}h2{font-size:1.3rem;margin:0}"                         \
    "h3{font-size:1.1rem;margin:2rem 0 .5rem}h4{font-size:1rem;margin:0 0 .25rem}"                 \
    "h5{font-size:.95rem;margin:1rem 0 .25rem}"                                                    \
    "p{margin:.25rem 0}ul{margin:.25rem 0;padding-left:1.25rem}li{overflow-wrap:anywhere}"         \
    ".faint{color:var(--faint);font-size:.9rem;overflow-wrap:anywhere}"                            \
    ".report{margin-top:2rem;padding-top:1.5rem;border-top:2px solid var(--line)}"                 \
    ".head{display:flex;flex-wrap:wrap;gap:.5rem .75rem;align-items:baseline}"                     \
    ".mark{font-weight:700;text-transform:uppercase;font-size:.85rem;letter-spacing:.04em;"        \
    "padding:.1rem .5rem;border:2px solid;border-radius:.35rem}"                                   \
    ".good{color:var(--good)}.bad{color:var(--bad)}.doubt{color:var(--doubt)}"                     \
    ".summary{font-size:1.1rem;margin:.5rem 0;overflow-wrap:anywhere}"                             \
    ".chain{list-style:none;margin:0;padding:0}"                                                   \
    ".chain li{position:relative;padding:.3rem 0 .3rem 2.25rem}"                                   \
    ".chain li::before{content:'';position:absolute;left:.68rem;top:0;bottom:0;"                   \
    "border-left:3px solid var(--good)}"                                                           \
    ".chain li.bad::before,.chain li.off::before{border-left:3px dashed var(--line)}"              \
    ".chain li.doubt::before{border-color:var(--doubt)}"                                           \
    ".chain li:first-child::before{top:1rem}.chain li:last-child::before{bottom:calc(100% - "      \
    "1rem)}"                                                                                       \
    ".chain .sign{position:absolute;left:0;top:.3rem;width:1.5rem;height:1.5rem;z-index:1;"        \
    "line-height:1.3rem;text-align:center;font-weight:700;border:2px solid;border-radius:50%;"     \
    "background:var(--ground);font-size:.85rem}"                                                   \
    ".chain li{color:var(--ink)}.chain li.good .sign{color:var(--good)}"                           \
    ".chain li.bad .sign{color:var(--ground);background:var(--bad);border-color:var(--bad)}"       \
    ".chain li.doubt .sign{color:var(--doubt)}.chain li.off{color:var(--faint)}"                   \
    ".chain li.bad .name{color:var(--bad);font-weight:700}"                                        \
    ".check{margin:.75rem 0;padding:.75rem 1rem;background:var(--card);"                           \
    "border:1px solid var(--line);border-radius:.5rem;border-left-width:4px}"                      \
    ".check.bad{color:inherit;border-left-color:var(--bad)}"                                       \
    ".check.doubt{color:inherit;border-left-color:var(--doubt)}"                                   \
    ".check.cause{background:var(--bad-ground)}"                                                   \
    ".id{font-weight:400;color:var(--faint)}"                                                      \
    "details{margin:.5rem 0}summary{cursor:pointer;font-weight:600}"                               \
    "pre,code{font:.85rem/1.45 ui-monospace,'DejaVu Sans Mono',Consolas,monospace}"                \
    "pre{margin:.25rem 0;padding:.6rem .75rem;background:var(--ground);"                           \
    "border:1px solid var(--line);border-radius:.35rem;overflow-x:auto}"                           \
    "pre.command{user-select:all}pre.facts{max-height:40rem;overflow:auto}"                        \
    "table{border-collapse:collapse;margin:.5rem 0}"                                               \
    "th,td{text-align:left;padding:.25rem 1rem .25rem 0;vertical-align:top;"                       \
    "border-bottom:1px solid var(--line)}"                                                         \
    "a{color:inherit}"                                                                             \
    "@media print{:root{--ground:#fff;--ink:#000;--faint:#444;--line:#bbb;--card:#fff;"            \
    "--good:#1a6b33;--bad:#a01811;--doubt:#704a00;--bad-ground:#fff}"                              \
    "body{font-size:10pt}main{max-width:none;padding:0}pre{white-space:pre-wrap;"                  \
    "overflow-wrap:anywhere;max-height:none!important}"                                            \
    ".facts-part{display:none}details::details-content{content-visibility:visible;"                \
    "display:block;block-size:auto}"                                                               \
    ".report{break-before:page}.report:first-of-type{break-before:auto}"                           \
    "h3,h4,h5{break-after:avoid}.chain li,pre{break-inside:avoid}"                                 \
    "*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}"
