(* Elementwise ops of one operand (src/ir/ops/unary.h): y[i] = f(x[i]). *)
From Coq Require Import ZArith List Bool.
From Pullback Require Import Base.Scalar Base.Index Syntax Ops.Create.
Import ListNotations.

(* unary_i1: the element types that the op takes. C++ also takes "not" of i32, which is bitwise: it has no
   meaning over exact numbers. *)
Definition unary_domain (u : unary_op) (e : elt) : bool :=
  match u with
  | Abs | Negate | Sign => negb (elt_eqb e I1)
  | Not => elt_eqb e I1
  | _ => is_float e
  end.
Definition infer_unary (u : unary_op) (ats : list ty) : option ty :=
  match ats with [x] => if unary_domain u (fst x) then Some x else None | _ => None end.

(* To the nearest whole number, a half away from 0; a half to the even one. *)
Definition sem_round_afz {A} (S : scalar A) (x : A) : A :=
  if sltb S x (s0 S) then sneg S (sfloor S (sadd S (sneg S x) (shalf S))) else sfloor S (sadd S x (shalf S)).
Definition sem_round_even {A} (S : scalar A) (x : A) : A :=
  let r := sfloor S (sadd S x (shalf S)) in
  if seqb S (ssub S r x) (shalf S) then smul S (stwo S) (sfloor S (sdiv S r (stwo S))) else r.
(* The cube root of a positive number. *)
Definition sem_cbrt_pos {A} (S : scalar A) (x : A) : A := sexp S (sdiv S (slog S x) (sofQ S 3 1)).
(* 2 arctan (x / (1 + (1 - x^2)^(1/2))) *)
Definition sem_asin {A} (S : scalar A) (x : A) : A :=
  smul S (stwo S) (satan S (sdiv S x (sadd S (s1 S) (ssqrt S (ssub S (s1 S) (smul S x x)))))).
Definition sem_logistic {A} (S : scalar A) (x : A) : A := sdiv S (s1 S) (sadd S (s1 S) (sexp S (sneg S x))).
(* Phi(x) = (1 - erf(- x / sqrt 2)) / 2, the normal distribution function *)
Definition sem_normal_cdf {A} (S : scalar A) (x : A) : A :=
  smul S (shalf S) (ssub S (s1 S) (serf S (sneg S (smul S x (sdiv S (s1 S) (ssqrt S (stwo S))))))).
(* GELU by tanh: (1 + tanh u) / 2 = logistic(2 u), 2 u = 2 c (x + k x^3) *)
Definition gelu_scale : decimal := Dec 15957691216057308 (-16).   (* 2 c *)
Definition gelu_bend : decimal := Dec 44715 (-6).                 (* k *)
Definition sem_tanh_gate {A} (S : scalar A) (x : A) : A :=
  sem_logistic S (smul S (sem_decimal S gelu_scale)
    (sadd S x (smul S (sem_decimal S gelu_bend) (smul S (smul S x x) x)))).

Definition sem_unary {A} (S : scalar A) (u : unary_op) (x : A) : A :=
  match u with
  | Abs => if sltb S x (s0 S) then sneg S x else x
  | Negate => sneg S x
  | Exponential => sexp S x
  | Log => slog S x
  | Logistic => sdiv S (s1 S) (sadd S (s1 S) (sexp S (sneg S x)))
  | Tanh => stanh S x
  | Sqrt => ssqrt S x
  | Rsqrt => sdiv S (s1 S) (ssqrt S x)
  | Sine => ssin S x
  | Cosine => scos S x
  | Not => sbool S (negb (strue S x))
  | ExponentialMinusOne => ssub S (sexp S x) (s1 S)
  | LogPlusOne => slog S (sadd S (s1 S) x)
  | Cbrt => if sltb S x (s0 S) then sneg S (sem_cbrt_pos S (sneg S x))
            else if sltb S (s0 S) x then sem_cbrt_pos S x else x
  | Tan => sdiv S (ssin S x) (scos S x)
  | Floor => sfloor S x
  | Ceil => sneg S (sfloor S (sneg S x))
  | RoundNearestAfz => sem_round_afz S x
  | RoundNearestEven => sem_round_even S x
  | Sign => if sltb S x (s0 S) then sneg S (s1 S) else if sltb S (s0 S) x then s1 S else x
  | Erf => serf S x
  | Erfc => ssub S (s1 S) (serf S x)
  | Atan => satan S x
  | Asin => sem_asin S x
  | Acos => ssub S (smul S (stwo S) (satan S (s1 S))) (sem_asin S x)
  | Sinh => sdiv S (ssub S (sexp S x) (sexp S (sneg S x))) (stwo S)
  | Cosh => sdiv S (sadd S (sexp S x) (sexp S (sneg S x))) (stwo S)
  | Asinh => slog S (sadd S x (ssqrt S (sadd S (smul S x x) (s1 S))))
  | Acosh => slog S (sadd S x (ssqrt S (ssub S (smul S x x) (s1 S))))
  | Atanh => smul S (shalf S) (slog S (sdiv S (sadd S (s1 S) x) (ssub S (s1 S) x)))
  | Swish => smul S x (sem_logistic S x)
  | Gelu => smul S x (sem_normal_cdf S x)
  | GeluTanh => smul S x (sem_tanh_gate S x)
  end.

(* ct 2/sqrt(pi) exp(-x^2), where 2/sqrt(pi) = (pi/4)^(-1/2) and pi/4 = atan2(1, 1): values 3 to 11. *)
Definition times_gauss (x r : ty) : list tinstr :=
  let s := (fst x, []) in
  [ T (Constant s [Dec 1 0]) [] [] s; T (Binary Atan2) [3; 3] [s; s] s; T (Unary Rsqrt) [4] [s] s;
    T (BroadcastInDim (snd x) []) [5] [s] x; T (Binary Multiply) [0; 0] [x; x] x;
    T (Unary Negate) [7] [x] x; T (Unary Exponential) [8] [x] x; T (Binary Multiply) [6; 9] [x; x] x;
    T (Binary Multiply) [2; 10] [r; x] r ]%nat.
(* (1 - x) (1 + x): values 3 to 6. *)
Definition one_minus_square (x : ty) : list tinstr :=
  [ T (Constant x [Dec 1 0]) [] [] x; T (Binary Subtract) [3; 0] [x; x] x;
    T (Binary Add) [3; 0] [x; x] x; T (Binary Multiply) [4; 5] [x; x] x ]%nat.
(* Phi(x) = erfc(- x / sqrt 2) / 2: values 3 to 10, of which 6 is x / sqrt 2. *)
Definition normal_cdf_template (x : ty) : list tinstr :=
  let s := (fst x, []) in
  [ T (Constant s [Dec 2 0]) [] [] s; T (Unary Rsqrt) [3] [s] s; T (BroadcastInDim (snd x) []) [4] [s] x;
    T (Binary Multiply) [0; 5] [x; x] x; T (Unary Negate) [6] [x] x; T (Unary Erfc) [7] [x] x;
    T (Constant x [Dec 5 (-1)]) [] [] x; T (Binary Multiply) [9; 8] [x; x] x ]%nat.
(* phi(x) = e^(-x^2/2) / sqrt(2 pi), where 2 pi = 8 atan2(1, 1): values 11 to 20. *)
Definition normal_density_template (x : ty) : list tinstr :=
  let s := (fst x, []) in
  [ T (Binary Multiply) [6; 6] [x; x] x; T (Unary Negate) [11] [x] x; T (Unary Exponential) [12] [x] x;
    T (Constant s [Dec 1 0]) [] [] s; T (Binary Atan2) [14; 14] [s; s] s; T (Constant s [Dec 8 0]) [] [] s;
    T (Binary Multiply) [16; 15] [s; s] s; T (Unary Rsqrt) [17] [s] s;
    T (BroadcastInDim (snd x) []) [18] [s] x; T (Binary Multiply) [19; 13] [x; x] x ]%nat.
(* The gate of GELU by tanh: values 3 to 10, of which 3 is x^2 and 8 is 2 c. *)
Definition tanh_gate_template (x : ty) : list tinstr :=
  [ T (Binary Multiply) [0; 0] [x; x] x; T (Binary Multiply) [3; 0] [x; x] x;
    T (Constant x [gelu_bend]) [] [] x; T (Binary Multiply) [5; 4] [x; x] x;
    T (Binary Add) [0; 6] [x; x] x; T (Constant x [gelu_scale]) [] [] x;
    T (Binary Multiply) [8; 7] [x; x] x; T (Unary Logistic) [9] [x] x ]%nat.

(* Local values: 0 the operand, 1 the result, 2 the cotangent. *)
Definition vjp_unary (u : unary_op) (needs : list bool) (ats : list ty) (rt : ty) : option template :=
  let r := rt in
  let b := (I1, snd rt) in
  match u, ats with
  | Not, [_] => Some ([], [None])
  | Abs, [x] => (* sign(x) * ct, with 0 at 0 *)
      Some ([ T (Constant x [Dec 0 0]) [] [] x;
              T (Compare LT) [0; 3] [x; x] b; T (Compare LT) [3; 0] [x; x] b;
              T (Unary Negate) [2] [r] r; T Select [5; 2; 3] [b; r; x] r; T Select [4; 6; 7] [b; r; r] r ],
            [Some 8])
  | Negate, [_] => Some ([T (Unary Negate) [2] [r] r], [Some 3])
  | Exponential, [_] => Some ([T (Binary Multiply) [2; 1] [r; r] r], [Some 3])
  | Log, [x] => Some ([T (Binary Divide) [2; 0] [r; x] r], [Some 3])
  | Logistic, [_] => (* y (1 - y) *)
      Some ([ T (Constant r [Dec 1 0]) [] [] r; T (Binary Subtract) [3; 1] [r; r] r;
              T (Binary Multiply) [1; 4] [r; r] r; T (Binary Multiply) [2; 5] [r; r] r ], [Some 6])
  | Tanh, [_] => (* 1 - y^2 *)
      Some ([ T (Binary Multiply) [1; 1] [r; r] r; T (Constant r [Dec 1 0]) [] [] r;
              T (Binary Subtract) [4; 3] [r; r] r; T (Binary Multiply) [2; 5] [r; r] r ], [Some 6])
  | Sqrt, [_] => (* 1 / (2 y) *)
      Some ([T (Binary Add) [1; 1] [r; r] r; T (Binary Divide) [2; 3] [r; r] r], [Some 4])
  | Rsqrt, [x] => (* -1/2 y / x *)
      Some ([ T (Binary Divide) [1; 0] [r; x] r; T (Constant r [Dec (-5) (-1)]) [] [] r;
              T (Binary Multiply) [4; 3] [r; r] r; T (Binary Multiply) [2; 5] [r; r] r ], [Some 6])
  | Sine, [x] => Some ([T (Unary Cosine) [0] [x] x; T (Binary Multiply) [2; 3] [r; x] r], [Some 4])
  | Cosine, [x] =>
      Some ([ T (Unary Sine) [0] [x] x; T (Unary Negate) [3] [x] x;
              T (Binary Multiply) [2; 4] [r; x] r ], [Some 5])
  | ExponentialMinusOne, [_] => (* y + 1 *)
      Some ([ T (Constant r [Dec 1 0]) [] [] r; T (Binary Add) [1; 3] [r; r] r;
              T (Binary Multiply) [2; 4] [r; r] r ], [Some 5])
  | LogPlusOne, [x] =>
      Some ([ T (Constant r [Dec 1 0]) [] [] r; T (Binary Add) [3; 0] [r; x] r;
              T (Binary Divide) [2; 4] [r; r] r ], [Some 5])
  | Cbrt, [_] => (* 1 / (3 y^2) *)
      Some ([ T (Binary Multiply) [1; 1] [r; r] r; T (Constant r [Dec 3 0]) [] [] r;
              T (Binary Multiply) [4; 3] [r; r] r; T (Binary Divide) [2; 5] [r; r] r ], [Some 6])
  | Tan, [_] => (* 1 + y^2 *)
      Some ([ T (Binary Multiply) [1; 1] [r; r] r; T (Constant r [Dec 1 0]) [] [] r;
              T (Binary Add) [4; 3] [r; r] r; T (Binary Multiply) [2; 5] [r; r] r ], [Some 6])
  | Floor, [_] | Ceil, [_] | RoundNearestAfz, [_] | RoundNearestEven, [_] | Sign, [_] => Some ([], [None])
  | Erf, [x] => Some (times_gauss x r, [Some 11])
  | Erfc, [x] => Some (times_gauss x r ++ [T (Unary Negate) [11] [r] r], [Some 12])
  | Atan, [x] => (* 1 / (1 + x^2) *)
      Some ([ T (Binary Multiply) [0; 0] [x; x] x; T (Constant r [Dec 1 0]) [] [] r;
              T (Binary Add) [4; 3] [r; x] r; T (Binary Divide) [2; 5] [r; r] r ], [Some 6])
  | Asin, [x] =>
      Some (one_minus_square x
            ++ [T (Unary Rsqrt) [6] [x] x; T (Binary Multiply) [2; 7] [r; x] r], [Some 8])
  | Acos, [x] =>
      Some (one_minus_square x
            ++ [ T (Unary Rsqrt) [6] [x] x; T (Binary Multiply) [2; 7] [r; x] r;
                 T (Unary Negate) [8] [r] r ], [Some 9])
  | Sinh, [x] => Some ([T (Unary Cosh) [0] [x] x; T (Binary Multiply) [2; 3] [r; x] r], [Some 4])
  | Cosh, [x] => Some ([T (Unary Sinh) [0] [x] x; T (Binary Multiply) [2; 3] [r; x] r], [Some 4])
  | Asinh, [x] => (* (x^2 + 1)^(-1/2) *)
      Some ([ T (Binary Multiply) [0; 0] [x; x] x; T (Constant r [Dec 1 0]) [] [] r;
              T (Binary Add) [3; 4] [x; r] x; T (Unary Rsqrt) [5] [x] x;
              T (Binary Multiply) [2; 6] [r; x] r ], [Some 7])
  | Acosh, [x] => (* ((x - 1) (x + 1))^(-1/2) *)
      Some ([ T (Constant x [Dec 1 0]) [] [] x; T (Binary Subtract) [0; 3] [x; x] x;
              T (Binary Add) [0; 3] [x; x] x; T (Binary Multiply) [4; 5] [x; x] x;
              T (Unary Rsqrt) [6] [x] x; T (Binary Multiply) [2; 7] [r; x] r ], [Some 8])
  | Atanh, [x] => Some (one_minus_square x ++ [T (Binary Divide) [2; 6] [r; x] r], [Some 7])
  | Swish, [x] => (* p + y (1 - p) *)
      Some ([ T (Unary Logistic) [0] [x] x; T (Constant r [Dec 1 0]) [] [] r;
              T (Binary Subtract) [4; 3] [r; x] r; T (Binary Multiply) [1; 5] [r; r] r;
              T (Binary Add) [3; 6] [x; r] x; T (Binary Multiply) [2; 7] [r; x] r ], [Some 8])
  | Gelu, [x] => (* Phi(x) + x phi(x) *)
      Some (normal_cdf_template x ++ normal_density_template x
            ++ [ T (Binary Multiply) [0; 20] [x; x] x; T (Binary Add) [10; 21] [x; x] x;
                 T (Binary Multiply) [2; 22] [r; x] r ], [Some 23])
  | GeluTanh, [x] => (* p + y (1 - p) 2 c (1 + 3 k x^2) *)
      Some (tanh_gate_template x
            ++ [ T (Constant r [Dec 1 0]) [] [] r; T (Binary Subtract) [11; 10] [r; x] r;
                 T (Binary Multiply) [1; 12] [r; r] r; T (Constant r [Dec 134145 (-6)]) [] [] r;
                 T (Binary Multiply) [14; 3] [r; x] r; T (Binary Add) [11; 15] [r; r] r;
                 T (Binary Multiply) [8; 16] [x; r] x; T (Binary Multiply) [13; 17] [r; x] r;
                 T (Binary Add) [10; 18] [x; r] x; T (Binary Multiply) [2; 19] [r; x] r ], [Some 20])
  | _, _ => None
  end%nat.
