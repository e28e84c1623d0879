"""The foot of every paper of a release: which release it belongs to, by its hashes."""

from __future__ import annotations

from credit_scoring.releases.paperwork.matter import Tongue


def footer(t: Tongue) -> tuple[str, ...]:
    """Lines that tie a paper to its release. The registry gives the version's number when the release is registered."""
    say, manifest = t.voice.say, t.matter.manifest
    return (
        say(f"评价规则：{manifest.name}，{manifest.edition}版", f"Scorecard: {manifest.name}, edition {manifest.edition}"),
        say(f"评价规则指纹（SHA-256）：{manifest.policy_sha256}", f"Policy (SHA-256): {manifest.policy_sha256}"),
        say(f"发布内容指纹（SHA-256）：{manifest.content_sha256}", f"Content (SHA-256): {manifest.content_sha256}"),
        say(f"生成时间：{manifest.built_at.isoformat()}；程序版本：{manifest.code.version}", f"Built at {manifest.built_at.isoformat()} by version {manifest.code.version} of the program"),
        say("发布版本号、批准和施行情况见决定记录（decisions）。", "Version, approval and days in force: see the paper on decisions."),
    )  # fmt: skip
