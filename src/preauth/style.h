/* SPDX-License-Identifier: Apache-2.0
 *
 * The one style of our pages, light and dark by the reader's choice.
 */
#pragma once

#define PAGE_STYLE                                                                                 \
    ":root{color-scheme:light dark;--ink:#1c2430;--soft:#5b6675;--paper:#fff;--ground:#eef1f5;"    \
    "--line:#c8d0da;--mark:#1f5fa8;--bad:#a3261b;--bad-ground:#fdf0ee}"                            \
    "@media(prefers-color-scheme:dark){:root{--ink:#e8ecf1;--soft:#a5b0bf;--paper:#1d242e;"        \
    "--ground:#12171e;--line:#3a4656;--mark:#7db4f0;--bad:#ff9d92;--bad-ground:#3a1f1c}}"          \
    "*{box-sizing:border-box}"                                                                     \
    "body{margin:0;min-height:100vh;display:flex;align-items:center;justify-content:center;"       \
    "background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,sans-serif;padding:1rem}"   \
    "main{width:100%;max-width:26rem;background:var(--paper);border:1px solid var(--line);"        \
    "border-radius:10px;padding:2rem}"                                                             \
    "h1{font-size:1.35rem;line-height:1.3;margin:0 0 .75rem}"                                      \
    "p{margin:.5rem 0}"                                                                            \
    "label{display:block;margin-top:1rem;font-weight:600}"                                         \
    "input{width:100%;margin-top:.25rem;padding:.6rem .7rem;font:inherit;color:inherit;"           \
    "background:var(--paper);border:1px solid var(--soft);border-radius:6px}"                      \
    "button,a.button{display:block;width:100%;margin-top:1.5rem;padding:.65rem;font:inherit;text-" \
    "align:center;"                                                                                \
    "font-weight:600;color:var(--paper);background:var(--mark);border:0;border-radius:6px;"        \
    "cursor:pointer;text-decoration:none}"                                                         \
    "input:focus-visible,button:focus-visible,a:focus-visible{outline:3px solid var(--mark);"      \
    "outline-offset:2px}"                                                                          \
    "ul.choice{list-style:none;margin:0;padding:0}ul.choice a.button{margin-top:.75rem}"           \
    "small{font-weight:400}.other{margin-top:1.25rem}a{color:var(--mark)}"                         \
    ".bad{color:var(--bad);background:var(--bad-ground);border-left:4px solid var(--bad);"         \
    "padding:.6rem .8rem;margin:1rem 0;border-radius:0 6px 6px 0}"                                 \
    "dl{display:grid;grid-template-columns:auto 1fr;gap:.25rem 1rem;margin:1.25rem 0 0;"           \
    "font-size:.875rem;color:var(--soft)}"                                                         \
    "dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere;font-family:ui-monospace,monospace}"
