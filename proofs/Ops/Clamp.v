(* Clamping between bounds (src/ir/ops/clamp.h): z[i] = min(max(x[i], l[i]), u[i]). *)
From Coq Require Import ZArith List Bool.
From Pullback Require Import Base.Scalar Base.Index Syntax Ops.Builder.
Import ListNotations.

(* A bound is of the operand's shape or a scalar. *)
Definition bound_fits (bound s : shape) : bool := match bound with [] => true | _ => ieqb bound s end.
Definition infer_clamp (ats : list ty) : option ty :=
  match ats with
  | [l; x; u] =>
      if bound_fits (snd l) (snd x) (* clamp_c1 *) && bound_fits (snd u) (snd x) (* clamp_c2 *)
         && (elt_eqb (fst l) (fst x) && elt_eqb (fst u) (fst x)) (* clamp_c3 *)
      then Some x (* clamp_c4 *) else None
  | _ => None
  end.

(* A bound at index i. *)
Definition spread {A} (s : shape) (t : idx -> A) (i : idx) : A := match s with [] => t [] | _ => t i end.
Definition sem_clamp {A} (S : scalar A) (sl su : shape) (l x u : idx -> A) : idx -> A := fun i =>
  smin S (smax S (x i) (spread sl l i)) (spread su u i).

(* A bound of the result's shape; the cotangent of a bound, summed up if it is a scalar. *)
Definition spread_bound (bound : val) (rt : ty) : build val :=
  if ieqb (vshape bound) (snd rt) then ret bound else emit (BroadcastInDim (snd rt) []) [bound] rt.
Definition gather_bound (bound ct : val) (rt : ty) : build (option val) :=
  if ieqb (vshape bound) (snd rt) then ret (Some ct)
  else c <- emit (Reduce RAdd (zseq (rank (snd rt)))) [ct] (fst rt, []) ;; ret (Some c).
Definition if_needed {X} (n : bool) (m : build (option X)) : build (option X) := if n then m else ret None.

(* Local values: 0 and 2 the bounds, 1 the operand, 3 the result, 4 the cotangent. *)
Definition clamp_template (nl nx nu : bool) (tl tx tu rt : ty) : build (list (option val)) :=
  let b := (I1, snd rt) in
  let l := (0, tl)%nat in let x := (1, tx)%nat in let u := (2, tu)%nat in let ct := (4, rt)%nat in
  lower <- spread_bound l rt ;;
  upper <- spread_bound u rt ;;
  above <- emit (Compare LT) [lower; x] b ;;
  most <- emit Select [above; x; lower] rt ;;
  below <- emit (Compare LT) [most; upper] b ;;
  zero <- emit_constant rt dzero ;;
  kept <- emit Select [below; ct; zero] rt ;;
  dl <- if_needed nl (c <- emit Select [above; zero; kept] rt ;; gather_bound l c rt) ;;
  dx <- if_needed nx (c <- emit Select [above; kept; zero] rt ;; ret (Some c)) ;;
  du <- if_needed nu (c <- emit Select [below; zero; ct] rt ;; gather_bound u c rt) ;;
  ret [dl; dx; du].
Definition vjp_clamp (needs : list bool) (ats : list ty) (rt : ty) : option template :=
  match needs, ats with
  | [nl; nx; nu], [l; x; u] => Some (built 3 (clamp_template nl nx nu l x u rt))
  | _, _ => None
  end.
