#pragma once

/// Special functions in double precision, to a relative error of about 1e-14 away from their zeros.
namespace pullback {

/// y with erf(y) = x; infinite at ±1, NaN beyond.
double inverse_error_function(double x);
/// ln |Γ(x)|, without the global variable that std::lgamma writes.
double log_gamma(double x);
/// ψ(x) = Γ'(x)/Γ(x); NaN at 0, -1, -2, …
double digamma(double x);
/// ψ's derivative of order n = 0, 1, 2, …; NaN for another n; infinite at 0, -1, -2, … where n > 0,
/// NaN below -10000 where n > 0.
double polygamma(double n, double x);

}  // namespace pullback
