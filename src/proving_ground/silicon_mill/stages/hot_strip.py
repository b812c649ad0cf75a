"""Hot steel between rolls and on tables: phases, flow stress, force, temperature.

::

    R'  = R (1 + 2.2e-5 F/(w dh))                       Hitchcock, N and mm                    (sourced, from memory)
    F   = w sqrt(R' dh) Q_p k_m                         Sims                                   (sourced, from memory)
    Q_p = 0.786 + r sqrt(1-r)/(2-r) sqrt(R'/h1) + 0.36 h_m/L     Ford and Alexander's, for thick passes more (guessed)
    s_g = 9.81 exp(0.126 - 1.75 C + 0.594 C^2 + (2851 + 2968 C - 1120 C^2)/T) e^0.21 e'^0.13   (sourced, from memory)
    s_a = asinh((Z/A)^(1/n))/a,  Z = e' exp(Q/RT)       ferrite, Q 315 kJ/mol                  (form sourced, fitted)
    dT/dt = -2 eps sigma T^4/(rho c h)                  radiation from both faces              (sourced)
    dT  = 0.9 s ln(h0/h1)/(rho c)                       heat of deformation                    (sourced, from memory)

Flow stresses in MPa: Misaka and Yoshimoto's for austenite, a sinh law for ferrite, whose constants are calibrated so
that the stress falls by 30-40 % on entering ferrite. Above about 1.9 % of Si + 2 Al the steel is ferritic at all
temperatures; below, the hot mill crosses from austenite to ferrite (sourced, from memory).
"""

from math import asinh, exp, sqrt
from typing import Final

SIGMA: Final = 5.67e-8
"""Stefan and Boltzmann's, W/m2K4."""
GAS: Final = 8.314e-3
"""Gas constant, kJ/molK."""
RHO_C: Final = 5.0e6
"""Heat that a cubic metre of hot steel takes, J/m3K."""
ZERO_DEGC: Final = 273.15
LOOP_SI: Final = 1.9
"""Si + 2 Al, mass %, from which there is no austenite."""
_LOOP_WIDTH: Final = 0.12
_FERRITE_Q: Final = 315.0
_FERRITE_A: Final = 8.0e13
_FERRITE_PER_MPA: Final = 0.012
_THICK: Final = 0.36
"""Layers beside a short contact resist too: what Q_p gains by mean thickness over contact (guessed)."""


def austenite_share(si_al: float, temp_degc: float) -> float:
    """Share of austenite, 0 to 1.

    Parameters
    ----------
    si_al
        Si + 2 Al, mass %.
    temp_degc
        Of the steel. Cooling, ferrite forms at 890 degC (pure iron) to 1,020 degC near the loop's nose (guessed).

    Examples
    --------
    >>> [round(austenite_share(si_al, t), 2) for si_al, t in ((3.5, 1100.0), (0.9, 1100.0), (0.9, 860.0))]
    [0.0, 1.0, 0.0]
    """
    ever = (LOOP_SI - si_al) / _LOOP_WIDTH
    if ever < -12.0:
        return 0.0
    hot = (temp_degc - (890.0 + 68.0 * si_al)) / 12.0
    return 1.0 / ((1.0 + exp(-ever)) * (1.0 + exp(-max(min(hot, 40.0), -40.0))))


def austenite_stress(temp_degc: float, strain: float, rate: float, c_percent: float = 0.002) -> float:
    """Flow stress of austenite by Misaka and Yoshimoto, MPa; ``rate`` is the strain rate, 1/s.

    Examples
    --------
    >>> round(austenite_stress(1000.0, 0.4, 10.0))
    116
    """
    c = c_percent
    carbon = 0.126 - 1.75 * c + 0.594 * c * c + (2851.0 + 2968.0 * c - 1120.0 * c * c) / (temp_degc + ZERO_DEGC)
    return 9.81 * exp(carbon) * float(strain**0.21) * float(rate**0.13)


def ferrite_stress(temp_degc: float, strain: float, rate: float, si: float) -> float:
    """Flow stress of silicon ferrite, MPa: sinh law, harder by 8 % per % Si (guessed) and a little by strain.

    Examples
    --------
    >>> round(ferrite_stress(950.0, 0.4, 10.0, 1.0) / austenite_stress(950.0, 0.4, 10.0), 2)
    0.64
    """
    z = rate * exp(_FERRITE_Q / (GAS * (temp_degc + ZERO_DEGC)))
    steady = asinh(float((z / _FERRITE_A) ** 0.2)) / _FERRITE_PER_MPA
    return steady * (0.84 + 0.08 * si) * float((strain / 0.4) ** 0.08)


def flow_stress(temp_degc: float, strain: float, rate: float, alloy: tuple[float, float]) -> float:
    """Flow stress of whatever phases there are, MPa; ``alloy`` is Si and Si + 2 Al, mass %."""
    si, si_al = alloy
    gamma = austenite_share(si_al, temp_degc)
    if gamma < 1e-3:
        return ferrite_stress(temp_degc, strain, rate, si)
    soft = ferrite_stress(temp_degc, strain, rate, si)
    return soft + gamma * (austenite_stress(temp_degc, strain, rate) - soft)


def pass_force_mn(
    h0_mm: float, h1_mm: float, width_mm: float, stress_mpa: float, radius_mm: float
) -> tuple[float, float]:
    """Rolling force by Sims with rolls flattened by Hitchcock, MN, and the length of contact, mm.

    Examples
    --------
    >>> force, contact = pass_force_mn(2.8, 2.2, 1200.0, 180.0, 370.0)
    >>> round(force, 1), round(contact, 1)
    (10.2, 17.0)
    """
    draft, middle = h0_mm - h1_mm, 0.5 * (h0_mm + h1_mm)
    r = draft / h0_mm
    shape = r * sqrt(1.0 - r) / (2.0 - r)
    plane = 1.155 * stress_mpa
    flattened = radius_mm
    for _ in range(2):
        contact = sqrt(flattened * draft)
        force = width_mm * contact * (0.786 + shape * sqrt(flattened / h1_mm) + _THICK * middle / contact) * plane
        flattened = min(radius_mm * (1.0 + 2.2e-5 * force / (width_mm * draft)), 2.0 * radius_mm)
    contact = sqrt(flattened * draft)
    q = 0.786 + shape * sqrt(flattened / h1_mm) + _THICK * middle / contact
    return 1e-6 * width_mm * contact * q * plane, contact


def radiated_k(temp_degc: float, thickness_mm: float, seconds: float, emissivity: float) -> float:
    """How far a strip cools by radiation from both faces, K; exact for a body that only radiates.

    Examples
    --------
    >>> round(radiated_k(1000.0, 35.0, 10.0, 0.8), 1)
    13.3
    """
    t = temp_degc + ZERO_DEGC
    rate = 2.0 * emissivity * SIGMA * t * t * t * t / (RHO_C * 1e-3 * thickness_mm)
    # d(1/T^3) = 3 rate/T^4 dt
    return t - t / float((1.0 + 3.0 * rate * seconds / t) ** (1.0 / 3.0))


def deformation_k(stress_mpa: float, strain: float) -> float:
    """How far rolling heats the strip, K: nine tenths of the work stay in it.

    Examples
    --------
    >>> round(deformation_k(150.0, 0.3), 1)
    8.1
    """
    return 0.9e6 * stress_mpa * strain / RHO_C


def bank_k(flux_w_m2: float, length_m: float, thickness_mm: float, speed_m_s: float) -> float:
    """How far a run-out bank cools the strip, K: 2 q L/(rho c h v).

    Examples
    --------
    >>> round(bank_k(7.5e5, 6.0, 2.2, 10.0))
    82
    """
    return 2.0 * flux_w_m2 * length_m / (RHO_C * 1e-3 * thickness_mm * speed_m_s)
